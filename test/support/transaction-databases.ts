import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ClsUnitOfWork } from '../../lib/cls.js';
import { PrismaUnitOfWork } from '../../lib/prisma.js';
import type { UnitOfWork } from '../../lib/transaction/unit-of-work.js';
import { TypeOrmUnitOfWork } from '../../lib/typeorm.js';
import { prismaTransactionHost, typeOrmTransactionHost } from './cls.js';
import { sqliteDataSource } from './databases.js';
import { MariaDbServer, mariaDbRequirement } from './mariadb.js';
import { MySqlServer, mySqlRequirement } from './mysql.js';
import { PostgresServer, postgresRequirement } from './postgres.js';
import { postgresPrisma, sqlitePrisma } from './prisma.js';
import type { Requirement } from './requirements.js';

/** A unit of work on a database, and what another process would reach it by. */
export interface OpenDatabase {
  unitOfWork: UnitOfWork;
  /** On connections of its own. */
  other: UnitOfWork;
  close(): Promise<void>;
}

export interface DatabaseUnderTest {
  /** Of database and adapter. */
  name: string;
  requirement: Requirement;
  /** What TypeORM calls the isolation levels that are worth a test; undefined: the database's own. */
  isolations: readonly (Isolation | undefined)[];
  open(isolation?: Isolation): Promise<OpenDatabase>;
}

export type Isolation = 'READ COMMITTED' | 'REPEATABLE READ' | 'SERIALIZABLE';

const everyIsolation = ['READ COMMITTED', 'REPEATABLE READ', 'SERIALIZABLE'] as const;
const prismaIsolations = {
  'READ COMMITTED': 'ReadCommitted',
  'REPEATABLE READ': 'RepeatableRead',
  SERIALIZABLE: 'Serializable',
} as const;
const nothing: Requirement = { met: true, reason: '' };

/** One server for all tests of a file. */
class SharedServer<Server extends { stop(): Promise<void> }> {
  private starting?: Promise<Server>;

  constructor(private readonly start: () => Promise<Server>) {}

  get(): Promise<Server> {
    return (this.starting ??= this.start());
  }

  async stop(): Promise<void> {
    await (await this.starting)?.stop();
  }
}
const postgres = new SharedServer(() => PostgresServer.start());
const mariaDb = new SharedServer(() => MariaDbServer.start());
const mySql = new SharedServer(() => MySqlServer.start());

/** To be called when all are closed. */
export async function stopServers(): Promise<void> {
  await postgres.stop();
  await mariaDb.stop();
  await mySql.stop();
}

/** Every database with every adapter that the library has for it. */
export const databasesUnderTest: readonly DatabaseUnderTest[] = [
  { name: 'SQLite by TypeORM', requirement: nothing, isolations: [undefined], open: () => sqliteByTypeOrm() },
  {
    name: 'SQLite by TypeORM and nestjs-cls',
    requirement: nothing,
    isolations: [undefined],
    open: () => sqliteByTypeOrm(true),
  },
  { name: 'SQLite by Prisma', requirement: nothing, isolations: [undefined], open: () => sqliteByPrisma() },
  {
    name: 'SQLite by Prisma and nestjs-cls',
    requirement: nothing,
    isolations: [undefined],
    open: () => sqliteByPrisma(true),
  },
  {
    name: 'PostgreSQL by TypeORM',
    requirement: postgresRequirement,
    isolations: everyIsolation,
    open: (isolation) => postgresByTypeOrm(isolation),
  },
  {
    name: 'PostgreSQL by TypeORM and nestjs-cls',
    requirement: postgresRequirement,
    isolations: [undefined],
    open: () => postgresByTypeOrm(undefined, true),
  },
  {
    name: 'PostgreSQL by Prisma',
    requirement: postgresRequirement,
    isolations: everyIsolation,
    open: (isolation) => postgresByPrisma(isolation),
  },
  {
    name: 'PostgreSQL by Prisma and nestjs-cls',
    requirement: postgresRequirement,
    isolations: [undefined],
    open: () => postgresByPrisma(undefined, true),
  },
  {
    name: 'MariaDB by TypeORM',
    requirement: mariaDbRequirement,
    isolations: everyIsolation,
    open: async (isolation) => mySqlByTypeOrm(await mariaDb.get(), isolation),
  },
  {
    name: 'MySQL by TypeORM',
    requirement: mySqlRequirement,
    isolations: [undefined],
    open: async (isolation) => mySqlByTypeOrm(await mySql.get(), isolation),
  },
];

async function sqliteByTypeOrm(byCls = false): Promise<OpenDatabase> {
  const { file, remove } = databaseFile();
  const [dataSource, otherSource] = [sqliteDataSource(file), sqliteDataSource(file)];
  const [real, other] = [new TypeOrmUnitOfWork(dataSource), new TypeOrmUnitOfWork(otherSource)];
  await real.open();
  await other.open();
  await otherSource.query('PRAGMA busy_timeout = 0'); // both live on one event loop here: waiting would be for itself
  const close = async (): Promise<void> => {
    await dataSource.destroy();
    await otherSource.destroy();
    remove();
  };
  return { unitOfWork: byCls ? new ClsUnitOfWork(typeOrmTransactionHost(dataSource), real) : real, other, close };
}

async function sqliteByPrisma(byCls = false): Promise<OpenDatabase> {
  const { file, remove } = databaseFile();
  const [client, otherClient] = [sqlitePrisma(file), sqlitePrisma(file)];
  await client.$queryRawUnsafe('PRAGMA journal_mode = WAL');
  const real = new PrismaUnitOfWork(client, { dialect: 'sqlite' });
  const other = new PrismaUnitOfWork(otherClient, { dialect: 'sqlite' });
  const close = async (): Promise<void> => {
    await client.$disconnect();
    await otherClient.$disconnect();
    remove();
  };
  return { unitOfWork: byCls ? new ClsUnitOfWork(prismaTransactionHost(client), real) : real, other, close };
}

async function postgresByTypeOrm(isolation?: Isolation, byCls = false): Promise<OpenDatabase> {
  const server = await postgres.get();
  const [dataSource, otherSource] = [server.dataSource(), server.dataSource()];
  const [real, other] = [new TypeOrmUnitOfWork(dataSource, { isolation }), new TypeOrmUnitOfWork(otherSource)];
  await real.open();
  await other.open();
  const close = async (): Promise<void> => {
    await dataSource.destroy();
    await otherSource.destroy();
  };
  return { unitOfWork: byCls ? new ClsUnitOfWork(typeOrmTransactionHost(dataSource), real) : real, other, close };
}

async function postgresByPrisma(isolation?: Isolation, byCls = false): Promise<OpenDatabase> {
  const server = await postgres.get();
  const [client, otherClient] = [postgresPrisma(server.directory), postgresPrisma(server.directory)];
  const options = { dialect: 'postgres', maxWaitMs: 10_000, timeoutMs: 10_000 } as const;
  const real = new PrismaUnitOfWork(client, {
    ...options,
    ...(isolation && { isolation: prismaIsolations[isolation] }),
  });
  const other = new PrismaUnitOfWork(otherClient, options);
  const close = async (): Promise<void> => {
    await client.$disconnect();
    await otherClient.$disconnect();
  };
  return { unitOfWork: byCls ? new ClsUnitOfWork(prismaTransactionHost(client), real) : real, other, close };
}

async function mySqlByTypeOrm(server: MariaDbServer | MySqlServer, isolation?: Isolation): Promise<OpenDatabase> {
  const [dataSource, otherSource] = [server.dataSource(), server.dataSource()];
  const [unitOfWork, other] = [new TypeOrmUnitOfWork(dataSource, { isolation }), new TypeOrmUnitOfWork(otherSource)];
  await unitOfWork.open();
  await other.open();
  const close = async (): Promise<void> => {
    await dataSource.destroy();
    await otherSource.destroy();
  };
  return { unitOfWork, other, close };
}

function databaseFile(): { file: string; remove: () => void } {
  const directory = mkdtempSync(join(tmpdir(), 'rmq-tx-'));
  return { file: join(directory, 'orders.db'), remove: () => rmSync(directory, { recursive: true }) };
}
