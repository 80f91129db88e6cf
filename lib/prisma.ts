export {
  PrismaUnitOfWork,
  type PrismaClientLike,
  type PrismaTransactionClient,
  type PrismaUnitOfWorkOptions,
} from './transaction/prisma.unit-of-work.js';
