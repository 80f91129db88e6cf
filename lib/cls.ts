export { ClsUnitOfWork, type ClsTransactionHost, type TurnTakingUnitOfWork } from './transaction/cls.unit-of-work.js';
