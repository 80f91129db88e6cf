import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { PrismaLibSql } from '@prisma/adapter-libsql';
import { PrismaPg } from '@prisma/adapter-pg';
import { prismaSchema } from '../../lib/transaction/prisma.schema.js';
import type { PrismaClientLike, PrismaTransactionClient } from '../../lib/prisma.js';

type Provider = 'postgresql' | 'sqlite';

interface OrderTable {
  create(given: { data: { id: string } }): Promise<unknown>;
  findMany(): Promise<{ id: string }[]>;
}

/** What `prisma generate` makes of test/support/prisma/schema.prisma and of the library's own models. */
export interface TestTransactionClient extends PrismaTransactionClient {
  order: OrderTable;
  $transaction<Result>(work: (inner: TestTransactionClient) => Promise<Result>): Promise<Result>;
  rocketMqTransactionRecord: { findMany(): Promise<{ transactionId: string; state: number; createdAt: bigint }[]> };
}
export type TestPrismaClient = Omit<TestTransactionClient, '$transaction'> &
  PrismaClientLike<TestTransactionClient> & { $disconnect(): Promise<void> };

/** @param file of the database */
export function sqlitePrisma(file: string): TestPrismaClient {
  return createClient('sqlite', new PrismaLibSql({ url: `file:${file}` }));
}

/** @param host a directory with the server's socket */
export function postgresPrisma(host: string, poolSize = 16): TestPrismaClient {
  return createClient('postgresql', new PrismaPg({ host, user: 'test', database: 'postgres', max: poolSize }));
}

function createClient(provider: Provider, adapter: object): TestPrismaClient {
  // Made when a test first needs it, so there is nothing to import by name.
  // eslint-disable-next-line @typescript-eslint/no-require-imports
  const { PrismaClient } = require(join(generate(provider), 'client', 'client.ts')) as {
    PrismaClient: new (options: { adapter: object }) => TestPrismaClient;
  };
  return new PrismaClient({ adapter });
}

/** Inside the repository, where the generated code finds its packages. @returns the folder of schema and client */
function generate(provider: Provider): string {
  const generated = join(__dirname, '..', '..', '.generated', 'prisma');
  const ours = readFileSync(join(__dirname, 'prisma', 'schema.prisma'), 'utf8').replace('PROVIDER', provider);
  const schema = `${ours}\n${prismaSchema}`;
  const folder = join(generated, provider);
  if (existsSync(folder) && readFileSync(join(folder, 'schema.prisma'), 'utf8') === schema) return folder;

  mkdirSync(generated, { recursive: true });
  const fresh = mkdtempSync(join(generated, 'fresh-'));
  const file = join(fresh, 'schema.prisma');
  writeFileSync(file, schema);
  const prisma = join(dirname(require.resolve('prisma/package.json')), 'build', 'index.js');
  // Generating needs no engine, and an engine that isn't there must not be looked for.
  const env = { ...process.env, PRISMA_SCHEMA_ENGINE_BINARY: '/bin/false', CHECKPOINT_DISABLE: '1' };
  const done = spawnSync(process.execPath, [prisma, 'generate', '--schema', file], { env, encoding: 'utf8' });
  if (done.status !== 0) throw new Error(`prisma generate failed: ${done.stderr}${done.stdout}`);
  try {
    renameSync(fresh, folder);
  } catch {
    // Another worker was faster, or there is an older one.
    if (readFileSync(join(folder, 'schema.prisma'), 'utf8') === schema) {
      rmSync(fresh, { recursive: true });
      return folder;
    }
    rmSync(folder, { recursive: true, force: true });
    renameSync(fresh, folder);
  }
  return folder;
}
