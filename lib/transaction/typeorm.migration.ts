import type { MigrationInterface, QueryRunner } from 'typeorm';
import { libraryTables } from './library-tables.js';
import { dialectOf } from './typeorm.dialect.js';

/** The library's own tables, for applications that keep their schema by TypeORM migrations. */
export class CreateRocketMqTables1767225600000 implements MigrationInterface {
  readonly name = 'CreateRocketMqTables1767225600000';

  async up(queryRunner: QueryRunner): Promise<void> {
    const dialect = dialectOf(queryRunner.dataSource.options.type);
    for (const table of libraryTables) for (const statement of table.ddl[dialect]) await queryRunner.query(statement);
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    for (const table of libraryTables) await queryRunner.query(`DROP TABLE ${table.name}`);
  }
}
