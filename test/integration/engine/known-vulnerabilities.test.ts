import { existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { signingHook } from '../../../lib/engine/client/acl/session-credentials.js';
import {
  startBroker,
  startNameServer,
  type ServerSettings,
  type SessionCredentials,
} from '../../../lib/engine/index.js';
import { NodeClock } from '../../../lib/engine/platform/node-clock.js';
import { NodeNetwork } from '../../../lib/engine/platform/node-network.js';
import { silentLogger } from '../../../lib/engine/ports/logger.js';
import { encodeHeader } from '../../../lib/engine/protocol/field-table.js';
import { request, type CommandContent, type RemotingCommand } from '../../../lib/engine/protocol/remoting-command.js';
import { RequestCode } from '../../../lib/engine/protocol/request-code.js';
import { sendMessageV2Request } from '../../../lib/engine/protocol/requests/send-message.js';
import { TcpConnector } from '../../../lib/engine/remoting/tcp-transport.js';

let directory: string;
const stops: (() => Promise<void>)[] = [];

beforeEach(() => (directory = mkdtempSync(join(tmpdir(), 'cve-'))));

afterEach(async () => {
  for (const stop of stops.splice(0).reverse()) await stop();
  rmSync(directory, { recursive: true, force: true });
});

type Ask = (code: number, content?: CommandContent) => Promise<RemotingCommand>;

/** What an attacker on this machine reaches; from others nothing is reached. */
async function attack(address: string, credentials?: SessionCredentials): Promise<Ask> {
  const connector = new TcpConnector({ network: new NodeNetwork(), clock: new NodeClock(), logger: silentLogger });
  const channel = await connector.connect(address, new Map(), 3000);
  stops.push(async () => {
    channel.close();
    await channel.closed;
  });
  const sign = credentials && signingHook(credentials);
  return (code, content) => {
    const command = request(code, content);
    return channel.invoke(sign?.beforeRequest?.(address, command) ?? command, 3000);
  };
}

async function broker(settings: ServerSettings = {}) {
  const started = await startBroker({
    settings: { ...settings, storePathRootDir: join(directory, 'store'), listenPort: 0 },
    nameServers: [],
  });
  stops.push(() => started.stop());
  return started;
}

const properties = (settings: Record<string, string | undefined>): CommandContent => ({
  body: Buffer.from(
    Object.entries(settings)
      .map(([name, value]) => `${name}=${value}\n`)
      .join(''),
  ),
});

/** The file that a command of an attacker would leave. */
const trace = (): string => join(directory, 'was-here');

test.each([false, true])(
  'CVE-2023-33246: a broker’s settings run no command, remote configuration %s',
  async (enableRemoteConfig) => {
    const { address } = await broker({ enableRemoteConfig });
    const ask = await attack(address);
    const before = (await ask(RequestCode.GET_BROKER_CONFIG)).body?.toString();
    for (const settings of [
      { filterServerNums: '1', rocketmqHome: `-c $@|sh . echo touch ${trace()};` },
      { rocketmqHome: '/tmp' },
      { brokerConfigPath: trace(), brokerName: 'x' },
      { storePathRootDir: directory },
      { storePathCommitLog: trace() },
      { namesrvAddr: '10.0.0.1:9876' },
      { initAuthenticationUser: '{"username":"eve","password":"eve"}' },
      { enableRemoteConfig: 'true' },
    ]) {
      expect(await ask(RequestCode.UPDATE_BROKER_CONFIG, properties(settings))).toMatchObject({ code: 16 });
    }
    expect((await ask(RequestCode.GET_BROKER_CONFIG)).body?.toString()).toBe(before);
    expect(existsSync(trace())).toBe(false);
  },
);

test.each([false, true])(
  'CVE-2023-37582: a name server writes no file of an attacker, remote configuration %s',
  async (enableRemoteConfig) => {
    const server = await startNameServer({
      port: 0,
      settings: { enableRemoteConfig },
      kvConfigPath: join(directory, 'kv.json'),
    });
    stops.push(() => server.stop());
    const ask = await attack(server.address);
    for (const settings of [
      { configStorePath: trace(), productEnvName: '* * * * * root touch /tmp/x' },
      { configStorePath: '/etc/cron.d/x' },
      { kvConfigPath: trace() },
      { rocketmqHome: directory },
    ]) {
      expect(await ask(RequestCode.UPDATE_NAMESRV_CONFIG, properties(settings))).toMatchObject({ code: 16 });
    }
    expect(existsSync(trace())).toBe(false);
  },
);

test('CVE-2024-23321: no answer holds a secret', async () => {
  const root = { accessKey: 'root-key', secretKey: 'the-secret-of-root' };
  const { address } = await broker({
    authenticationEnabled: true,
    authorizationEnabled: true,
    innerClientAuthenticationCredentials: JSON.stringify(root),
  });
  const ask = await attack(address, root);
  const user = { extFields: { username: 'root-key' } };
  const GET_BROKER_CLUSTER_ACL_INFO = 52;
  for (const code of [
    ...Object.values(RequestCode).filter((known) => !changes.has(known)),
    GET_BROKER_CLUSTER_ACL_INFO,
  ]) {
    const { remark, extFields, body } = await ask(code, user);
    expect(`${remark} ${JSON.stringify(extFields)} ${body?.toString('latin1')}`).not.toContain(root.secretKey);
  }
});

/** Would end the connection's rights, or wait. */
const changes: ReadonlySet<number> = new Set([RequestCode.AUTH_DELETE_USER, RequestCode.AUTH_UPDATE_USER]);

test('CVE-2019-17572: a topic’s name leads nowhere', async () => {
  const { address } = await broker({ autoCreateTopicEnable: true });
  const ask = await attack(address);
  const before = readdirSync(dirname(directory)).sort();
  for (const topic of ['../../was-here', '..', '/tmp/was-here', 'a/../../was-here', 'a\0b', '..\\was-here', '.']) {
    const header = encodeHeader(sendMessageV2Request, {
      producerGroup: 'p',
      topic,
      defaultTopic: 'TBW102',
      defaultTopicQueueNums: 4,
      queueId: 0,
      sysFlag: 0,
      bornTimestamp: 0,
      flag: 0,
    });
    expect((await ask(RequestCode.SEND_MESSAGE_V2, { extFields: header, body: Buffer.from('x') })).code).not.toBe(0);
    const created = {
      topic,
      defaultTopic: 'TBW102',
      readQueueNums: '1',
      writeQueueNums: '1',
      perm: '6',
      topicFilterType: 'SINGLE_TAG',
      order: 'false',
    };
    expect((await ask(RequestCode.UPDATE_AND_CREATE_TOPIC, { extFields: created })).code).not.toBe(0);
    expect((await ask(RequestCode.DELETE_TOPIC_IN_BROKER, { extFields: { topic } })).code).toBeDefined();
  }
  expect(existsSync(trace())).toBe(false);
  expect(readdirSync(dirname(directory)).filter((name) => name.includes('was-here'))).toEqual([]);
  expect(before).not.toContain('was-here');
});

test('a topic that is deleted takes no files with it but its own', async () => {
  const { address } = await broker({ autoCreateTopicEnable: true });
  const ask = await attack(address);
  const fields = { a: 'p', b: 'T', c: 'TBW102', d: '1', e: '0', f: '0', g: '0', h: '0' };
  expect(await ask(RequestCode.SEND_MESSAGE_V2, { extFields: fields, body: Buffer.from('stays') })).toMatchObject({
    code: 0,
  });
  writeFileSync(trace(), 'somebody’s');
  const files = readdirSync(directory, { recursive: true }).map(String).sort();
  const log = '../commitlog/00000000000000000000';
  for (const topic of [
    log,
    '../config/topics.json',
    '../lock',
    '../../was-here',
    trace(),
    '..',
    '.',
    'x'.repeat(300),
  ]) {
    expect(await ask(RequestCode.DELETE_TOPIC_IN_BROKER, { extFields: { topic } })).toMatchObject({ code: 0 });
  }
  expect(readdirSync(directory, { recursive: true }).map(String).sort()).toEqual(expect.arrayContaining(files));
});

test('administration takes permission: an ordinary user gets none of it done', async () => {
  const root = { accessKey: 'root-key', secretKey: 'the-secret-of-root' };
  const eve = { accessKey: 'eve', secretKey: 'the-secret-of-eve' };
  const { address } = await broker({
    authenticationEnabled: true,
    authorizationEnabled: true,
    innerClientAuthenticationCredentials: JSON.stringify(root),
  });
  const admin = await attack(address, root);
  const body = Buffer.from(JSON.stringify({ password: eve.secretKey }));
  await admin(RequestCode.AUTH_CREATE_USER, { extFields: { username: 'eve' }, body });
  const ask = await attack(address, eve);
  const named = {
    topic: 'T',
    group: 'g',
    consumerGroup: 'g',
    groupName: 'g',
    username: 'eve',
    subject: 'User:eve',
    b: 'T',
  };
  const open: number[] = [];
  for (const code of Object.values(RequestCode)) {
    const list = {
      consumerGroup: 'g',
      clientId: 'c',
      clientID: 'c',
      topic: 'T',
      mqSet: [],
      consumerDataSet: [{ groupName: 'g' }],
    };
    const { code: answer } = await ask(code, { extFields: named, body: Buffer.from(JSON.stringify(list)) });
    if (answer !== 16 && answer !== 3) open.push(code);
  }
  // The check of an expression, an acknowledgement of nothing, and codes that have no meaning here.
  expect(open.sort((a, b) => a - b)).toEqual([RequestCode.CHECK_CLIENT_CONFIG, RequestCode.BATCH_ACK_MESSAGE]);
});
