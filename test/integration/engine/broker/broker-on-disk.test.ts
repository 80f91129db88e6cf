import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { SystemFlag } from '../../../../lib/engine/message/system-flag.js';
import { NodeClock } from '../../../../lib/engine/platform/node-clock.js';
import { PullSysFlag } from '../../../../lib/engine/protocol/requests/pull-message.js';
import { endTransactionRequest } from '../../../../lib/engine/protocol/requests/end-transaction.js';
import { RequestCode } from '../../../../lib/engine/protocol/request-code.js';
import { TcpConnector } from '../../../../lib/engine/remoting/tcp-transport.js';
import { nodePorts } from '../../../../lib/engine/servers/node-ports.js';
import { startBroker, type RunningServer } from '../../../../lib/engine/servers/standalone.js';
import { recordsIn, TestClient } from '../../../support/broker-rig.js';

let directory: string;
let broker: RunningServer;
let client: TestClient;

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'broker-'));
  await start();
});

afterEach(async () => {
  await broker.stop();
  await rm(directory, { recursive: true });
});

async function start(): Promise<void> {
  const settings = { storePathRootDir: directory, listenPort: 0, mappedFileSizeCommitLog: 1024 * 1024 };
  broker = await startBroker({ settings, nameServers: [] });
  client = new TestClient('c1', new NodeClock());
  client.channel = await new TcpConnector(nodePorts()).connect(broker.address, client.processors, 3000);
}

async function restart(): Promise<void> {
  await broker.stop();
  await start();
}

const suspend = PullSysFlag.subscription | PullSysFlag.suspend;

it('keeps messages, topics, groups and offsets over a restart', async () => {
  for (let i = 0; i < 100; i++) expect((await client.send('T', `m${i}`, { TAGS: 'A' })).code).toBe(0);
  await client.consumerHeartbeat('G', ['T']);
  const offset = { consumerGroup: 'G', topic: 'T', queueId: '0' };
  await client.ask(RequestCode.UPDATE_CONSUMER_OFFSET, { ...offset, commitOffset: '60' });
  await restart();
  expect((await client.ask(RequestCode.QUERY_CONSUMER_OFFSET, offset)).extFields.offset).toBe('60');
  const bodies: string[] = [];
  for (let queueOffset = 60; queueOffset < 100;) {
    const answer = await client.pull('G', 'T', { queueOffset });
    bodies.push(...recordsIn(answer).map(({ body }) => body.toString()));
    queueOffset = Number(answer.extFields.nextBeginOffset);
  }
  expect(bodies).toEqual(Array.from({ length: 40 }, (_, index) => `m${60 + index}`));
  const file = await readFile(join(directory, 'config', 'topics.json'), 'utf8');
  expect(file).toContain('"T":{\n\t\t\t"attributes":{},\n\t\t\t"order":false,\n\t\t\t"perm":6,');
});

it('tells how full its disk is, also before the first message', async () => {
  const { code, body } = await client.ask(RequestCode.GET_BROKER_RUNTIME_INFO, {});
  expect(code).toBe(0);
  const { table } = JSON.parse(body?.toString() ?? '') as { table: Record<string, string> };
  expect(table.commitLogDiskRatio).toMatch(/^[01]\.\d\d$/);
  expect(table).toHaveProperty(`commitLogDiskRatio_${join(directory, 'commitlog')}`);
});

it('wakes a held pull when a message is on its way through the files', async () => {
  await client.send('T', 'first');
  const pull = client.pull('G', 'T', { queueOffset: 1, sysFlag: suspend });
  await client.send('T', 'second');
  expect(recordsIn(await pull).map(({ body }) => body.toString())).toEqual(['second']);
});

it('delivers what was delayed before a restart, once', async () => {
  await client.send('T', 'first');
  await client.send('T', 'later', { DELAY: '1' });
  await restart();
  const answer = await client.pull('G', 'T', { queueOffset: 1, sysFlag: suspend });
  expect(recordsIn(answer).map(({ body }) => body.toString())).toEqual(['later']);
  await restart();
  expect((await client.ask(RequestCode.GET_MAX_OFFSET, { topic: 'T', queueId: '0' })).extFields.offset).toBe('2');
});

it('commits what was half a transaction before a restart', async () => {
  const properties = { UNIQ_KEY: 'U1', TRAN_MSG: 'true', PGROUP: 'PG' };
  const sent = await client.send('T', 'half', properties, { sysFlag: SystemFlag.transactionPrepared });
  await restart();
  const half = await client.ask(RequestCode.VIEW_MESSAGE_BY_ID, {
    offset: String(parseInt(sent.extFields.msgId.slice(16), 16)),
  });
  const [record] = recordsIn(half);
  const answer = await client.askWith(RequestCode.END_TRANSACTION, endTransactionRequest, {
    producerGroup: 'PG',
    tranStateTableOffset: record.queueOffset,
    commitLogOffset: record.physicalOffset,
    commitOrRollback: SystemFlag.transactionCommit,
    msgId: 'U1',
  });
  expect(answer.code).toBe(0);
  expect(recordsIn(await client.pull('G', 'T'))[0].body.toString()).toBe('half');
});

it('gives a consumer’s message back to its retry topic and its dead letters', async () => {
  const sent = await client.send('T', 'poison');
  const offset = String(parseInt(sent.extFields.msgId.slice(16), 16));
  const back = { offset, group: 'G', delayLevel: '-1' };
  expect((await client.ask(RequestCode.CONSUMER_SEND_MSG_BACK, back)).code).toBe(0);
  const dead = recordsIn(await client.pull('G', '%DLQ%G', { sysFlag: suspend }));
  expect(dead.map(({ body, reconsumeTimes }) => [body.toString(), reconsumeTimes])).toEqual([['poison', 1]]);
});

it('is refused its store while another broker has it', async () => {
  const settings = { storePathRootDir: directory, listenPort: 0 };
  await expect(startBroker({ settings, nameServers: [] })).rejects.toMatchObject({ code: 'STORE_LOCKED' });
});
