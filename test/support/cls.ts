import { TransactionHost, type TransactionalAdapter } from '@nestjs-cls/transactional';
import { TransactionalAdapterPrisma } from '@nestjs-cls/transactional-adapter-prisma';
import { TransactionalAdapterTypeOrm } from '@nestjs-cls/transactional-adapter-typeorm';
import type { DataSource, EntityManager } from 'typeorm';
import type { ClsTransactionHost } from '../../lib/cls.js';
import type { TestPrismaClient, TestTransactionClient } from './prisma.js';

let hosts = 0;

/** What ClsPluginTransactional makes inside a Nest application. */
function transactionHost<Connection, Transaction, Options>(
  connection: Connection,
  { optionsFactory }: TransactionalAdapter<Connection, Transaction, Options>,
): ClsTransactionHost<Transaction> {
  return new TransactionHost<TransactionalAdapter<Connection, Transaction, Options>>({
    ...optionsFactory(connection, []),
    connectionName: `test-${++hosts}`, // hosts of one name share their transactions
    enableTransactionProxy: false,
    defaultTxOptions: {},
    extraProviderTokens: [],
  });
}

export function typeOrmTransactionHost(dataSource: DataSource): ClsTransactionHost<EntityManager> {
  return transactionHost(dataSource, new TransactionalAdapterTypeOrm({ dataSourceToken: 'unused' }));
}

export function prismaTransactionHost(client: TestPrismaClient): ClsTransactionHost<TestTransactionClient> {
  const adapter = new TransactionalAdapterPrisma({ prismaInjectionToken: 'unused' });
  return transactionHost(client as never, adapter as never);
}
