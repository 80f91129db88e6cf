import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { BrokerResponseError } from '../../../lib/engine/common/errors.js';
import { NodeClock } from '../../../lib/engine/platform/node-clock.js';
import { OutboxService } from '../../../lib/transaction/index.js';
import { TypeOrmUnitOfWork } from '../../../lib/typeorm.js';
import { capturedRun } from '../../support/captured-run.js';
import { sqliteDataSource } from '../../support/databases.js';
import { ModelOutboxProducer } from '../../support/model-outbox-producer.js';

let directory: string;
beforeEach(() => (directory = mkdtempSync(join(tmpdir(), 'rmq-outbox-cli-'))));
afterEach(() => rmSync(directory, { recursive: true }));

const run = (...words: string[]) =>
  capturedRun(['outbox', ...words, '--url', `sqlite:${join(directory, 'orders.db')}`], {
    clock: new NodeClock(),
    connect: () => Promise.reject(new Error('no cluster is needed')),
    nameServers: '',
  });

/** Three rows of one key, the first of which is parked, and a sent one that is kept. */
async function fill(): Promise<string[]> {
  const dataSource = await sqliteDataSource(join(directory, 'orders.db')).initialize();
  const broker = new ModelOutboxProducer();
  broker.failure = ({ shardingKey }) =>
    shardingKey === undefined ? undefined : new BrokerResponseError(1, 'topic is closed', 'broker-a');
  const outbox = new OutboxService({
    engine: broker,
    unitOfWork: new TypeOrmUnitOfWork(dataSource),
    producer: { group: 'orders' },
    synchronize: true,
    keepSentMs: 3_600_000,
    maxAttempts: 1,
  });
  await outbox.start();
  const ids = await outbox.run((_, out) => {
    const add = (shardingKey?: string) => out.add({ topic: 'orders', body: Buffer.from('x'), shardingKey });
    return Promise.resolve([add('a'), add('a'), add('a'), add()]);
  });
  while (outbox.counts.parked + outbox.counts.sent < 2) await new Promise((resolve) => setTimeout(resolve, 5));
  await outbox.stop();
  await dataSource.destroy();
  return ids;
}

it('status shows what waits and what is parked', async () => {
  const [first] = await fill();
  const text = await run('status');
  expect(text.exitCode).toBe(0);
  expect(text.out).toMatch(/Parked\s+1\n/);
  expect(text.out).toContain(first);
  expect(text.out).toContain('topic is closed');
  const json = await run('status', '--json');
  const status = JSON.parse(json.out) as { parkedRows: object[] };
  expect(status).toMatchObject({ waiting: 0, again: 0, held: 2, parked: 1, sent: 1 });
  expect(status.parkedRows).toMatchObject([{ messageId: first, shardingKey: 'a', attempts: 1 }]);
});

it('resume and purge take one row, those of a topic, or all', async () => {
  const [first] = await fill();
  expect((await run('resume', '-t', 'others')).out).toBe('0 parked rows are tried again.\n');
  expect((await run('resume', '-i', first)).out).toBe('1 parked rows are tried again.\n');
  expect((await run('purge', '--all')).out).toBe('0 parked rows deleted.\n');
  expect((await run('purge', '--sent-before', '0', '--json')).out).toBe('{\n  "purged": 1\n}\n');
  expect(JSON.parse((await run('status', '--json')).out)).toMatchObject({ again: 1, parked: 0, sent: 0 });
});

it.each([
  [['resume'], /give one of --message-id, --topic and --all/],
  [['purge', '--all', '--topic', 'orders'], /give one of/],
  [['purge', '--all', '--sent-before', '1'], /goes without/],
])('%p is refused', async (words, reason) => {
  const refused = await run(...words);
  expect([refused.exitCode, refused.err]).toEqual([2, expect.stringMatching(reason)]);
});

it('a database without an outbox is told how to get one', async () => {
  const refused = await run('status');
  expect(refused.exitCode).toBe(1);
  expect(refused.err).toMatch(/has no outbox; 'rocketmq tx init' makes its tables/);
});
