import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { signingHook } from '../../../lib/engine/client/acl/session-credentials.js';
import { javaHash } from '../../../lib/engine/common/java-hash.js';
import { startBroker, type SessionCredentials } from '../../../lib/engine/index.js';
import { decodeOffsetMessageId } from '../../../lib/engine/message/message-id.js';
import { SystemFlag } from '../../../lib/engine/message/system-flag.js';
import { NodeClock } from '../../../lib/engine/platform/node-clock.js';
import { NodeNetwork } from '../../../lib/engine/platform/node-network.js';
import { silentLogger } from '../../../lib/engine/ports/logger.js';
import type { RemotingCommand } from '../../../lib/engine/protocol/remoting-command.js';
import { RequestCode } from '../../../lib/engine/protocol/request-code.js';
import { consumerSendBackRequest } from '../../../lib/engine/protocol/requests/consumer-send-back.js';
import { sendMessageV2Request } from '../../../lib/engine/protocol/requests/send-message.js';
import { TcpConnector } from '../../../lib/engine/remoting/tcp-transport.js';
import { recordsIn, TestClient } from '../../support/broker-rig.js';

/*
 * Requests that name a record by its place, a key or a handle: with access control on, what the record is
 * decides, not what the request says of it. Eve may use Orders as the group app, and nothing else.
 */

const root: SessionCredentials = { accessKey: 'root-key', secretKey: 'the-secret-of-root' };
const eve: SessionCredentials = { accessKey: 'eve', secretKey: 'the-secret-of-eve' };
const SUCCESS = 0;
const NO_PERMISSION = 16;

let directory: string;
let address: string;
let owner: TestClient;
let thief: TestClient;
const stops: (() => Promise<void>)[] = [];

beforeEach(async () => {
  directory = mkdtempSync(join(tmpdir(), 'others-'));
  const broker = await startBroker({
    settings: {
      storePathRootDir: join(directory, 'store'),
      listenPort: 0,
      autoCreateTopicEnable: true,
      authenticationEnabled: true,
      authorizationEnabled: true,
      innerClientAuthenticationCredentials: JSON.stringify(root),
      transactionTimeOut: 1,
      transactionCheckInterval: 50,
    },
    nameServers: [],
  });
  stops.push(() => broker.stop());
  address = broker.address;
  owner = await connect('owner', root);
  thief = await connect('thief', eve);
  const user = Buffer.from(JSON.stringify({ password: eve.secretKey }));
  await owner.ask(RequestCode.AUTH_CREATE_USER, { username: eve.accessKey }, user);
  const entries = ['Topic:Orders', 'Group:app'].map((resource) => ({ resource, actions: ['All'], decision: 'Allow' }));
  const acl = Buffer.from(JSON.stringify({ policies: [{ entries }] }));
  await owner.ask(RequestCode.AUTH_CREATE_ACL, { subject: `User:${eve.accessKey}` }, acl);
  await owner.consumerHeartbeat('app', ['Orders']);
});

afterEach(async () => {
  for (const stop of stops.splice(0).reverse()) await stop();
  rmSync(directory, { recursive: true, force: true });
});

async function connect(clientId: string, credentials: SessionCredentials): Promise<TestClient> {
  const clock = new NodeClock();
  const connector = new TcpConnector({ network: new NodeNetwork(), clock, logger: silentLogger });
  const client = new TestClient(clientId, clock);
  client.channel = await connector.connect(address, client.processors, 3000);
  const invoke = client.channel.invoke.bind(client.channel);
  const { beforeRequest } = signingHook(credentials);
  client.channel.invoke = (request, timeoutMs) => invoke(beforeRequest?.('', request) ?? request, timeoutMs);
  stops.push(async () => {
    client.channel.close();
    await client.channel.closed;
  });
  return client;
}

/** @returns the place and id of a message of the owner's */
async function stored(topic: string, properties: Record<string, string> = {}): Promise<{ at: number; id: string }> {
  const { code, extFields } = await owner.send(topic, `of ${topic}`, properties);
  expect(code).toBe(SUCCESS);
  return { at: decodeOffsetMessageId(extFields.msgId).physicalOffset, id: extFields.msgId };
}

const codeOf = async (answer: Promise<RemotingCommand>): Promise<number> => (await answer).code;

test('VIEW_MESSAGE_BY_ID shows the records of topics that may be read, whatever topic it names', async () => {
  const [secret, order] = [await stored('Secrets'), await stored('Orders')];
  const delayed = await stored('Secrets', { DELAY: '18' });
  const view = (at: number, named: object) =>
    codeOf(thief.ask(RequestCode.VIEW_MESSAGE_BY_ID, { offset: String(at), ...named }));
  for (const named of [{ topic: 'Orders' }, {}]) {
    expect(await view(order.at, named)).toBe(SUCCESS);
    expect(await view(secret.at, named)).toBe(NO_PERMISSION);
    expect(await view(delayed.at, named)).toBe(NO_PERMISSION);
  }
});

test('QUERY_MESSAGE gives no records of another topic whose key has the same hash', async () => {
  await stored('Secrets', { KEYS: 'k' });
  const key = keyWithHash('Orders#', javaHash('Secrets#k'));
  expect(javaHash(`Orders#${key}`)).toBe(javaHash('Secrets#k'));
  const query = { topic: 'Orders', key, maxNum: '32', beginTimestamp: '0', endTimestamp: String(2 ** 52) };
  const { code, body } = await thief.ask(RequestCode.QUERY_MESSAGE, query);
  expect({ code, body }).toEqual({ code: 22, body: undefined });
  const { code: own } = await owner.ask(RequestCode.QUERY_MESSAGE, { ...query, topic: 'Secrets', key: 'k' });
  expect(own).toBe(SUCCESS);
});

/** A text that Java's hash takes for another one behind `prefix`: a number of seven digits to the base 31. */
function keyWithHash(prefix: string, wanted: number): string {
  const LOWEST = 'A'.charCodeAt(0);
  let rest = BigInt.asUintN(32, BigInt(wanted) - BigInt(javaHash(prefix + 'A'.repeat(7))));
  let key = '';
  for (let digit = 0; digit < 7; digit++) {
    key = String.fromCharCode(LOWEST + Number(rest % 31n)) + key;
    rest /= 31n;
  }
  return key;
}

test('CONSUMER_SEND_MSG_BACK gives a group no messages of topics that its consumers may not read', async () => {
  const [secret, order] = [await stored('Secrets'), await stored('Orders')];
  const back = (at: number) =>
    codeOf(
      thief.askWith(RequestCode.CONSUMER_SEND_MSG_BACK, consumerSendBackRequest, {
        offset: at,
        group: 'app',
        delayLevel: -1,
        originTopic: 'Orders',
      }),
    );
  expect(await back(secret.at)).toBe(NO_PERMISSION);
  expect(await back(order.at)).toBe(SUCCESS);
  expect(recordsIn(await owner.pull('app', '%DLQ%app')).map(({ body }) => body.toString())).toEqual(['of Orders']);
});

test('CONSUME_MESSAGE_DIRECTLY hands a consumer no message of another topic', async () => {
  const [secret, order] = [await stored('Secrets'), await stored('Orders')];
  await thief.consumerHeartbeat('app', ['Orders']);
  const handOver = (msgId: string) =>
    thief.ask(RequestCode.CONSUME_MESSAGE_DIRECTLY, {
      consumerGroup: 'app',
      clientId: 'nobody',
      topic: 'Orders',
      msgId,
    });
  expect((await handOver(secret.id)).code).toBe(NO_PERMISSION);
  expect((await handOver(order.id)).remark).toContain('not online');
});

test('a transaction is ended by those who may send to its topic', async () => {
  const half = await stored('Secrets', { TRAN_MSG: 'true', PGROUP: 'PG', UNIQ_KEY: 'U' });
  const end = (client: TestClient, named: object) =>
    codeOf(
      client.ask(RequestCode.END_TRANSACTION, {
        ...{ producerGroup: 'PG', tranStateTableOffset: '0', commitLogOffset: String(half.at) },
        ...{ commitOrRollback: String(SystemFlag.transactionCommit), msgId: 'U', ...named },
      }),
    );
  for (const named of [{ topic: 'Orders' }, {}]) expect(await end(thief, named)).toBe(NO_PERMISSION);
  expect(await end(owner, {})).toBe(SUCCESS);
});

test('a half message is shown to a member of its group that may send to its topic, and to no other', async () => {
  await stored('Orders', { TRAN_MSG: 'true', PGROUP: 'PG', UNIQ_KEY: 'U1' });
  const seen = new Promise<string>((resolve) => {
    thief.onRequest = ({ body }) => {
      resolve(String(body));
      return undefined;
    };
  });
  await thief.heartbeat({ producerDataSet: [{ groupName: 'PG' }] });
  expect(await seen).toContain('of Orders');

  await stored('Secrets', { TRAN_MSG: 'true', PGROUP: 'PG', UNIQ_KEY: 'U2' });
  const asked = new Promise<void>((resolve) => {
    let secrets = 0;
    owner.onRequest = ({ body }) => {
      if (body?.includes('of Secrets') && ++secrets === 3) resolve();
      return undefined;
    };
  });
  await owner.heartbeat({ producerDataSet: [{ groupName: 'PG' }] });
  await asked; // each time it could have been the other's turn
  expect(thief.received.filter(({ body }) => body?.includes('of Secrets'))).toEqual([]);
});

test('a reply is stored in the topic of replies only', async () => {
  await stored('Secrets');
  const header = { producerGroup: 'p', defaultTopic: 'TBW102', defaultTopicQueueNums: 4, queueId: 0 };
  const reply = (topic: string) =>
    codeOf(
      thief.askWith(
        RequestCode.SEND_REPLY_MESSAGE_V2,
        sendMessageV2Request,
        { ...header, topic, sysFlag: 0, bornTimestamp: 0, flag: 0 },
        Buffer.from('forged'),
      ),
    );
  expect(await reply('Secrets')).toBe(NO_PERMISSION);
  expect(await reply('DefaultCluster_REPLY_TOPIC')).not.toBe(NO_PERMISSION);
});

test('handles, offsets and locks of another group are not touched', async () => {
  await stored('Orders');
  await owner.consumerHeartbeat('others', ['Orders']);
  const handle = `0 ${Date.now()} 60000 0 0 broker-a 0 0`;
  const queue = { topic: 'Orders', queueId: '0' };
  const group = { consumerGroup: 'others', group: 'others' };
  const now = { offset: '0', timestamp: '0', isForce: 'true' };
  const attempts: [code: number, extFields: Record<string, string>, body?: object][] = [
    [RequestCode.UPDATE_CONSUMER_OFFSET, { ...queue, ...group, commitOffset: '1' }],
    [RequestCode.QUERY_CONSUMER_OFFSET, { ...queue, ...group }],
    [RequestCode.INVOKE_BROKER_TO_RESET_OFFSET, { ...queue, ...group, ...now }],
    [RequestCode.CLONE_GROUP_OFFSET, { srcGroup: 'others', destGroup: 'app', topic: 'Orders' }],
    [RequestCode.CLONE_GROUP_OFFSET, { srcGroup: 'app', destGroup: 'others', topic: 'Orders' }],
    [RequestCode.ACK_MESSAGE, { ...queue, ...group, offset: '0', extraInfo: handle }],
    [
      RequestCode.CHANGE_MESSAGE_INVISIBLETIME,
      { ...queue, ...group, offset: '0', extraInfo: handle, invisibleTime: '0' },
    ],
    [RequestCode.BATCH_ACK_MESSAGE, {}, { acks: [{ t: 'Orders', c: 'others', so: 0, b: 'AQ==' }] }],
    [RequestCode.LOCK_BATCH_MQ, {}, { consumerGroup: 'others', clientId: 'owner', mqSet: [] }],
    [RequestCode.UNLOCK_BATCH_MQ, {}, { consumerGroup: 'others', clientId: 'owner', mqSet: [] }],
    [RequestCode.UNREGISTER_CLIENT, { clientID: 'owner', ...group }],
    // The same for a topic's messages by way of the groups that get them again.
    [RequestCode.UPDATE_CONSUMER_OFFSET, { topic: '%RETRY%others', queueId: '0', consumerGroup: 'app' }],
    [RequestCode.BATCH_ACK_MESSAGE, {}, { acks: [{ t: 'Secrets', c: 'app', r: '1', so: 0, b: 'AQ==' }] }],
  ];
  for (const [code, extFields, body] of attempts) {
    const answer = await thief.ask(code, extFields, body && Buffer.from(JSON.stringify(body)));
    expect([code, answer.code]).toEqual([code, NO_PERMISSION]);
  }
  expect(await codeOf(thief.pull('app', '%RETRY%others'))).toBe(NO_PERMISSION);
  expect(await codeOf(thief.pull('others', 'Orders'))).toBe(NO_PERMISSION);
});
