import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connectEngine, startBroker, startEmbeddedEngine, startNameServer } from '../../../lib/engine/index.js';
import type {
  Engine,
  PushConsumer,
  RunningBroker,
  RunningServer,
  SessionCredentials,
} from '../../../lib/engine/index.js';
import { NodeClock } from '../../../lib/engine/platform/node-clock.js';
import { NodeNetwork } from '../../../lib/engine/platform/node-network.js';
import { silentLogger } from '../../../lib/engine/ports/logger.js';
import { signingHook } from '../../../lib/engine/client/acl/session-credentials.js';
import { request, type CommandContent, type RemotingCommand } from '../../../lib/engine/protocol/remoting-command.js';
import { RequestCode } from '../../../lib/engine/protocol/request-code.js';
import { TcpConnector } from '../../../lib/engine/remoting/tcp-transport.js';

const root: SessionCredentials = { accessKey: 'RocketMQAdmin', secretKey: 'admin-secret' };
const anna: SessionCredentials = { accessKey: 'anna', secretKey: 'anna-secret' };
const inner = JSON.stringify(root);
const enabled = {
  initAuthenticationUser: JSON.stringify({ username: root.accessKey, password: root.secretKey }),
  authenticationEnabled: true,
  authorizationEnabled: true,
  innerClientAuthenticationCredentials: inner,
};

let directory: string;
const stops: (() => Promise<unknown>)[] = [];

beforeEach(() => (directory = mkdtempSync(join(tmpdir(), 'access-'))));

afterEach(async () => {
  for (const stop of stops.splice(0).reverse()) await stop();
  rmSync(directory, { recursive: true, force: true });
});

async function ask(
  address: string,
  credentials: SessionCredentials | undefined,
  code: number,
  content?: CommandContent,
): Promise<RemotingCommand> {
  const connector = new TcpConnector({ network: new NodeNetwork(), clock: new NodeClock(), logger: silentLogger });
  const channel = await connector.connect(address, new Map(), 3000);
  try {
    const command = request(code, content);
    const signed = credentials && signingHook(credentials).beforeRequest?.('', command);
    return await channel.invoke(signed ?? command, 3000);
  } finally {
    channel.close();
    await channel.closed;
  }
}

async function servers(settings: object = enabled): Promise<{ nameServer: RunningServer; broker: RunningBroker }> {
  const config = join(directory, 'store/config');
  const nameServer = await startNameServer({ port: 0, settings: { ...settings, authConfigPath: config } });
  stops.push(() => nameServer.stop());
  const storePathRootDir = join(directory, 'store');
  const broker = await startBroker({
    settings: { ...settings, storePathRootDir, listenPort: 0 },
    nameServers: [nameServer.address],
  });
  stops.push(() => broker.stop());
  return { nameServer, broker };
}

async function engineOf(nameServer: RunningServer, credentials?: SessionCredentials): Promise<Engine> {
  const engine = await connectEngine({ nameServers: [nameServer.address], credentials });
  stops.push(() => engine.stop());
  return engine;
}

const json = (value: object): Buffer => Buffer.from(JSON.stringify(value));

async function createUser(broker: RunningBroker, { accessKey, secretKey }: SessionCredentials): Promise<void> {
  const user = { extFields: { username: accessKey }, body: json({ password: secretKey, userType: 'Normal' }) };
  expect(await ask(broker.address, root, RequestCode.AUTH_CREATE_USER, user)).toMatchObject({ code: 0 });
  const entries = ['Topic:Orders', 'Topic:TBW102', 'Group:app'].map((resource) => ({
    resource,
    actions: ['Pub', 'Sub', 'Get'],
    decision: 'Allow',
  }));
  const acl = { extFields: { subject: `User:${accessKey}` }, body: json({ policies: [{ entries }] }) };
  expect(await ask(broker.address, root, RequestCode.AUTH_CREATE_ACL, acl)).toMatchObject({ code: 0 });
}

test('users are made by requests, may do what their rules say, and outlive the broker', async () => {
  const { nameServer, broker } = await servers();
  await createUser(broker, anna);
  const file = join(directory, 'store/config/access.json');
  expect(statSync(file).mode & 0o077).toBe(0); // it holds secrets
  await broker.stop();
  const again = await startBroker({
    settings: { ...enabled, storePathRootDir: join(directory, 'store'), listenPort: 0 },
    nameServers: [nameServer.address],
  });
  stops.push(() => again.stop());

  const admin = await engineOf(nameServer, root);
  await admin.admin.topics.create('Orders', { readQueueNums: 2, writeQueueNums: 2 });
  await settled(nameServer, anna);

  const engine = await engineOf(nameServer, anna);
  const producer = engine.createProducer({ group: 'p' });
  await producer.start();
  let consumer!: PushConsumer;
  const received = new Promise<string>((resolve) => {
    consumer = engine.createPushConsumer({
      group: 'app',
      consumeFromWhere: 'CONSUME_FROM_FIRST_OFFSET',
      subscriptions: [{ topic: 'Orders' }],
      listener: {
        mode: 'concurrent',
        consume: async ([message]) => {
          resolve(message.body.toString());
          return { status: 'SUCCESS' };
        },
      },
    });
  });
  await consumer.start();
  await producer.send({ topic: 'Orders', body: Buffer.from('hello') });
  expect(await received).toBe('hello');
  await expect(producer.send({ topic: 'Others', body: Buffer.from('x') })).rejects.toThrow('no permission');
  await consumer.stop();
  await producer.stop();
});

/** The name server has seen the broker's users. */
async function settled(nameServer: RunningServer, credentials: SessionCredentials): Promise<void> {
  const topic = { extFields: { topic: 'Orders' } };
  const deadline = performance.now() + 10_000;
  while (performance.now() < deadline) {
    if ((await ask(nameServer.address, credentials, RequestCode.GET_ROUTEINFO_BY_TOPIC, topic)).code !== 16) return;
  }
  throw new Error('the name server does not know the user');
}

test('no answer holds a secret', async () => {
  const { broker } = await servers();
  await createUser(broker, anna);
  const answers = [
    await ask(broker.address, root, RequestCode.AUTH_GET_USER, { extFields: { username: 'anna' } }),
    await ask(broker.address, root, RequestCode.AUTH_LIST_USER),
    await ask(broker.address, root, RequestCode.GET_BROKER_CONFIG),
    await ask(broker.address, root, RequestCode.GET_BROKER_RUNTIME_INFO),
  ];
  expect(answers.map(({ code }) => code)).toEqual([0, 0, 0, 0]);
  expect(answers[0].body?.toString()).toContain('"username":"anna"');
  for (const { body } of answers) expect(body?.toString()).not.toMatch(/anna-secret|admin-secret/);
});

test('only a super user makes and changes super users', async () => {
  const { broker } = await servers();
  await createUser(broker, anna);
  const entries = [{ resource: 'Cluster:*', actions: ['All'], decision: 'Allow' }];
  const acl = { extFields: { subject: 'User:anna' }, body: json({ policies: [{ entries }] }) };
  expect(await ask(broker.address, root, RequestCode.AUTH_UPDATE_ACL, acl)).toMatchObject({ code: 0 });
  const asSuper = { extFields: { username: 'eve' }, body: json({ password: 'eve-secret', userType: 'Super' }) };
  const remark = /super user can only be/;
  for (const [code, content] of [
    [RequestCode.AUTH_CREATE_USER, asSuper],
    [RequestCode.AUTH_UPDATE_USER, { ...asSuper, extFields: { username: 'anna' } }],
    [RequestCode.AUTH_UPDATE_USER, { extFields: { username: root.accessKey }, body: json({ password: 'mine-now' }) }],
    [RequestCode.AUTH_DELETE_USER, { extFields: { username: root.accessKey } }],
  ] as const) {
    const answer = await ask(broker.address, anna, code, content);
    expect(answer.code).toBe(16);
    expect(answer.remark).toMatch(remark);
  }
});

test('the accounts of a plain_acl.yml are those of the file as it is now', async () => {
  const plainAclFile = join(directory, 'plain_acl.yml');
  const write = (secretKey: string): void => {
    writeFileSync(plainAclFile, `accounts:\n- accessKey: RocketMQAdmin\n  secretKey: ${secretKey}\n  admin: true\n`);
    chmodSync(plainAclFile, 0o600);
  };
  write(root.secretKey);
  const { broker } = await servers({ aclEnable: true, plainAclFile, innerClientAuthenticationCredentials: inner });
  expect(existsSync(join(directory, 'store/config/access.json'))).toBe(true);
  const second = { accessKey: 'SecondAdmin', secretKey: 'second-secret' };
  const codeOf = async (who: SessionCredentials) =>
    (await ask(broker.address, who, RequestCode.GET_BROKER_CONFIG)).code;
  expect(await codeOf(second)).toBe(16);
  writeFileSync(
    plainAclFile,
    `${readFileSync(plainAclFile, 'utf8')}- accessKey: SecondAdmin\n  secretKey: second-secret\n  admin: true\n`,
  );
  while ((await codeOf(second)) === 16);
  writeFileSync(plainAclFile, 'accounts: [broken'); // changes nothing
  expect(await codeOf(second)).toBe(0);
});

test.each([
  [{ aclEnable: true, plainAclFile: '/nowhere/plain_acl.yml' }, '/nowhere/plain_acl.yml cannot be read'],
  [{ authenticationEnabled: true }, 'nobody could get in'],
])('%j does not start', async (settings, message) => {
  const start = startBroker({ settings: { ...settings, storePathRootDir: directory, listenPort: 0 }, nameServers: [] });
  await expect(start).rejects.toThrow(message);
});

test('an embedded engine asks those who come by its ports, not the application itself', async () => {
  const engine = await startEmbeddedEngine({
    storeDir: join(directory, 'store'),
    listen: { nameServerPort: 0, brokerPort: 0 },
    broker: enabled,
  });
  stops.push(() => engine.stop());
  const producer = engine.createProducer({ group: 'p' });
  await producer.start();
  await producer.send({ topic: 'Orders', body: Buffer.from('x') });
  await producer.stop();
  const nameServer = engine.nameServerAddresses ?? '';
  const route = { extFields: { topic: 'Orders' } };
  expect(await ask(nameServer, undefined, RequestCode.GET_ROUTEINFO_BY_TOPIC, route)).toMatchObject({ code: 16 });
  expect(await ask(nameServer, root, RequestCode.GET_ROUTEINFO_BY_TOPIC, route)).toMatchObject({ code: 0 });
});
