import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  connectEngine,
  NodeClock,
  startBroker,
  startNameServer,
  type RunningServer,
} from '../../../lib/engine/index.js';
import { libraryTables } from '../../../lib/transaction/library-tables.js';
import { TransactionRecords } from '../../../lib/transaction/transaction-record.js';
import { TypeOrmUnitOfWork } from '../../../lib/typeorm.js';
import { capturedRun, type CapturedRun } from '../../support/captured-run.js';
import { sqliteDataSource } from '../../support/databases.js';

jest.setTimeout(30_000);

const hourMs = 3_600_000;
let directory: string;
let url: string;
let nameServer: RunningServer;
let broker: RunningServer;

beforeAll(async () => {
  directory = mkdtempSync(join(tmpdir(), 'rmq-tx-cli-'));
  nameServer = await startNameServer({ port: 0 });
  const settings = { storePathRootDir: join(directory, 'store'), listenPort: 0 };
  broker = await startBroker({ settings, nameServers: [nameServer.address] });
});
afterAll(async () => {
  await broker.stop();
  await nameServer.stop();
  rmSync(directory, { recursive: true });
});
let databases = 0;
beforeEach(() => (url = `sqlite:${join(directory, `orders-${++databases}.db`)}`));

function rocketmq(...words: string[]): Promise<CapturedRun> {
  const connect = (): ReturnType<typeof connectEngine> => connectEngine({ nameServers: [nameServer.address] });
  return capturedRun(words, { clock: new NodeClock(), connect, nameServers: nameServer.address });
}

async function withRecords(
  work: (unitOfWork: TypeOrmUnitOfWork, records: TransactionRecords<never>) => Promise<void>,
): Promise<void> {
  const dataSource = sqliteDataSource(url.slice('sqlite:'.length));
  const unitOfWork = new TypeOrmUnitOfWork(dataSource);
  await unitOfWork.open();
  await work(unitOfWork, new TransactionRecords(unitOfWork) as TransactionRecords<never>);
  await dataSource.destroy();
}

it.each(['postgres', 'mysql', 'sqlite'])('init prints the tables of %s', async (dialect) => {
  const { out } = await rocketmq('tx', 'init', '--dialect', dialect);
  for (const { name } of libraryTables) expect(out).toContain(`CREATE TABLE IF NOT EXISTS ${name} (`);
});

it('init prints models for Prisma, or makes the tables', async () => {
  expect((await rocketmq('tx', 'init', '--prisma')).out).toContain('@@map("rmq_transaction_record")');
  expect((await rocketmq('tx', 'status', '--url', url)).err).toContain("'rocketmq tx init' makes it");
  expect((await rocketmq('tx', 'init', '--url', url)).out).toContain('rmq_transaction_record');
  expect((await rocketmq('tx', 'status', '--url', url)).out).toBe('No transaction is recorded.\n');
});

it('sweep delivers what was committed and never confirmed; status and purge follow', async () => {
  await rocketmq('tx', 'init', '--url', url);
  const engine = await connectEngine({ nameServers: [nameServer.address] });
  const producer = engine.createTransactionProducer({ group: 'orders', checker: () => Promise.resolve('UNKNOWN') });
  await producer.start();
  const { handle } = await producer.sendHalf({ topic: 'order-paid', body: Buffer.from('42') });
  await producer.stop();
  const createdAt = Date.now() - hourMs;
  await withRecords(async (_unitOfWork, records) => {
    const record = { transactionId: 'tx-1', producerGroup: 'orders', handle, createdAt, nextAttemptAt: 0 };
    await records.run(record, () => Promise.resolve());
  });
  const status = async (): Promise<unknown> => JSON.parse((await rocketmq('tx', 'status', '--url', url, '--json')).out);
  expect(await status()).toMatchObject([{ producerGroup: 'orders', state: 'unconfirmed', count: 1 }]);
  const purge = async (): Promise<string> => (await rocketmq('tx', 'purge', '--url', url, '--older-than', '0')).out;
  expect(await purge()).toBe('0 records deleted.\n'); // it still matters

  const swept = await rocketmq('tx', 'sweep', '--url', url, '-n', nameServer.address);
  expect(swept).toMatchObject({ exitCode: 0, out: '1 of 1 confirmed.\n' });
  expect(await status()).toMatchObject([{ state: 'confirmed', count: 1 }]);
  const found = await engine.admin.messages.byUniqueId('order-paid', handle.messageId);
  expect(found).toHaveLength(1);
  await engine.stop();
  expect((await rocketmq('tx', 'purge', '--url', url)).out).toBe('0 records deleted.\n'); // the broker may still ask
  expect(await purge()).toBe('1 records deleted.\n');
});

it.each([
  [['init'], /give one of --dialect, --prisma and --url/],
  [['init', '--dialect', 'oracle'], /"oracle" is none of postgres, mysql, sqlite/],
  [['status', '--url', 'oracle://x'], /"oracle:" is none of/],
  [['status', '--url', 'postgres://localhost:1/none'], /the database can't be reached/],
])('%p is refused with its reason', async (words, reason) => {
  const { exitCode, err } = await rocketmq('tx', ...words);
  expect(exitCode).not.toBe(0);
  expect(err).toMatch(reason);
});
