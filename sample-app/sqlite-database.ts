import { join } from 'node:path';
import Database from 'libsql';
import { TypeOrmUnitOfWork } from 'nestjs-rocketmq/typeorm';
import { DataSource } from 'typeorm';

/** A SQLite file of one service, and its units of work; opened and closed with the application. */
export abstract class SqliteDatabase extends TypeOrmUnitOfWork {
  constructor(directory: string, file: string, entities: (new () => object)[]) {
    super(
      new DataSource({
        type: 'better-sqlite3',
        driver: Database,
        database: join(directory, file),
        entities,
        synchronize: true,
        enableWAL: true,
      }),
    );
  }

  onModuleInit(): Promise<void> {
    return this.open();
  }

  async onApplicationShutdown(): Promise<void> {
    if (this.dataSource.isInitialized) await this.dataSource.destroy();
  }
}
