export { CreateRocketMqTables1767225600000 as CreateRocketMqTables } from './transaction/typeorm.migration.js';
export { TypeOrmUnitOfWork, type TypeOrmUnitOfWorkOptions } from './transaction/typeorm.unit-of-work.js';
