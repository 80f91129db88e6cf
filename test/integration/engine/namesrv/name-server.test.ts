import { crc32 } from '../../../../lib/engine/common/crc32.js';
import { NameServer, type NameServerParts } from '../../../../lib/engine/namesrv/name-server.js';
import { NodeNetwork } from '../../../../lib/engine/platform/node-network.js';
import { silentLogger } from '../../../../lib/engine/ports/logger.js';
import {
  request,
  type CommandContent,
  type RemotingCommand,
} from '../../../../lib/engine/protocol/remoting-command.js';
import { RequestCode } from '../../../../lib/engine/protocol/request-code.js';
import { ResponseCode } from '../../../../lib/engine/protocol/response-code.js';
import type { Channel, Connector } from '../../../../lib/engine/remoting/channel.js';
import { MemoryHub } from '../../../../lib/engine/remoting/memory-hub.js';
import { TcpAcceptor, TcpConnector } from '../../../../lib/engine/remoting/tcp-transport.js';
import { VirtualClock } from '../../../../lib/testing/virtual-clock.js';

type Extra = Omit<NameServerParts, 'acceptors' | 'clock' | 'logger'>;

interface Rig {
  clock: VirtualClock;
  connect(): Promise<Channel>;
  stop(): Promise<void>;
}

async function overMemory(extra: Extra): Promise<Rig> {
  const clock = new VirtualClock();
  const hub = new MemoryHub({ clock, logger: silentLogger });
  const server = new NameServer({ ...extra, acceptors: [hub.acceptor('127.0.0.1:9876')], clock, logger: silentLogger });
  await server.start();
  return rig(clock, server, hub.connector());
}

async function overTcp(extra: Extra): Promise<Rig> {
  const clock = new VirtualClock();
  const transport = { network: new NodeNetwork(), clock, logger: silentLogger };
  const acceptor = new TcpAcceptor({ ...transport, host: '127.0.0.1', port: 0 });
  const server = new NameServer({ ...extra, acceptors: [acceptor], clock, logger: silentLogger });
  await server.start();
  return rig(clock, server, new TcpConnector(transport));
}

function rig(clock: VirtualClock, server: NameServer, connector: Connector): Rig {
  const channels: Channel[] = [];
  return {
    clock,
    connect: async () => {
      const channel = await connector.connect(server.addresses[0], new Map(), 1000);
      channels.push(channel);
      return channel;
    },
    stop: async () => {
      for (const channel of channels) channel.close();
      await server.stop();
      await Promise.all(channels.map(({ closed }) => closed));
      expect(clock.scheduledTasks).toBe(0);
    },
  };
}

function ask(channel: Channel, code: number, content: CommandContent = {}, version = 479): Promise<RemotingCommand> {
  return channel.invoke({ ...request(code, content), version }, 5000);
}

const topics = (...names: string[]) =>
  Object.fromEntries(
    names.map((topicName) => [topicName, { topicName, readQueueNums: 8, writeQueueNums: 8, perm: 6, attributes: {} }]),
  );

function registration(changes: Record<string, string> = {}, counter = 1, names = ['T', 'U']): CommandContent {
  const body = Buffer.from(
    JSON.stringify({
      filterServerList: [],
      topicConfigSerializeWrapper: {
        dataVersion: { counter, stateVersion: 0, timestamp: 1000 },
        topicConfigTable: topics(...names),
      },
    }),
  );
  const extFields = {
    brokerName: 'broker-a',
    brokerAddr: '127.0.0.1:10911',
    clusterName: 'DefaultCluster',
    haServerAddr: '127.0.0.1:10912',
    brokerId: '0',
    compressed: 'false',
    bodyCrc32: String(crc32(body)),
    ...changes,
  };
  return { extFields, body };
}

const textOf = ({ body }: RemotingCommand): string => body?.toString() ?? '';

describe.each([
  ['memory', overMemory],
  ['TCP', overTcp],
])('a name server over %s', (_name, open) => {
  let current: Rig | undefined;

  async function start(extra: Extra = {}): Promise<Rig> {
    current = await open(extra);
    return current;
  }

  afterEach(async () => {
    await current?.stop();
    current = undefined;
  });

  async function registered(extra: Extra = {}) {
    const { connect, clock } = await start(extra);
    const [broker, client] = [await connect(), await connect()];
    await ask(broker, RequestCode.REGISTER_BROKER, registration());
    return { broker, client, connect, clock };
  }

  const routeOf = (client: Channel, topic: string, extFields = {}, version?: number) =>
    ask(client, RequestCode.GET_ROUTEINFO_BY_TOPIC, { extFields: { topic, ...extFields } }, version);

  test('routes are what Apache sends, standard JSON or raw by the version of the client', async () => {
    const { client } = await registered();
    const standard =
      '{"brokerDatas":[{"brokerAddrs":{"0":"127.0.0.1:10911"},"brokerName":"broker-a","cluster":"DefaultCluster",' +
      '"enableActingMaster":false}],"filterServerTable":{},"queueDatas":[{"brokerName":"broker-a","perm":6,' +
      '"readQueueNums":8,"topicSysFlag":0,"writeQueueNums":8}]}';
    expect(textOf(await routeOf(client, 'T', {}, 477))).toBe(standard);
    expect(textOf(await routeOf(client, 'T', { acceptStandardJsonOnly: 'true' }, 100))).toBe(standard);
    expect(textOf(await routeOf(client, 'T', {}, 100))).toBe(standard.replace('"0":', '0:'));
    expect(await routeOf(client, 'unknown')).toMatchObject({
      code: ResponseCode.TOPIC_NOT_EXIST,
      remark: 'No topic route info in name server for the topic: unknown',
    });
    expect(await ask(client, RequestCode.GET_ROUTEINFO_BY_TOPIC)).toMatchObject({ code: ResponseCode.SYSTEM_ERROR });
  });

  test('a broker is known until its connection closes', async () => {
    const { broker, client, clock } = await registered();
    expect(textOf(await ask(client, RequestCode.GET_BROKER_CLUSTER_INFO))).toBe(
      '{"brokerAddrTable":{"broker-a":{"brokerAddrs":{0:"127.0.0.1:10911"},"brokerName":"broker-a",' +
        '"cluster":"DefaultCluster","enableActingMaster":false}},"clusterAddrTable":{"DefaultCluster":["broker-a"]}}',
    );
    broker.close();
    await broker.closed;
    await clock.settle();
    expect(textOf(await ask(client, RequestCode.GET_BROKER_CLUSTER_INFO))).toBe(
      '{"brokerAddrTable":{},"clusterAddrTable":{}}',
    );
    expect(await routeOf(client, 'T')).toMatchObject({ code: ResponseCode.TOPIC_NOT_EXIST });
  });

  test('a silent broker is forgotten after the time it named, and its connection closed', async () => {
    const { broker, client, clock } = await registered();
    await ask(broker, RequestCode.REGISTER_BROKER, registration({ heartbeatTimeoutMillis: '10000' }));
    const { extFields } = registration();
    expect((await routeOf(client, 'T')).code).toBe(0); // who never says anything is not kept
    await clock.advance(9000);
    expect(await ask(broker, RequestCode.BROKER_HEARTBEAT, { extFields })).toMatchObject({ code: 0 });
    await clock.advance(9000);
    expect((await routeOf(client, 'T')).code).toBe(0);
    expect(broker.isOpen).toBe(true);
    await clock.advance(6000);
    expect((await routeOf(client, 'T')).code).toBe(ResponseCode.TOPIC_NOT_EXIST);
    await broker.closed;
  });

  test('a broker’s farewell is followed; that of its former start is not', async () => {
    const { broker, client, connect } = await registered();
    const { extFields } = registration();
    const present = await connect();
    await ask(present, RequestCode.REGISTER_BROKER, registration());
    expect(await ask(broker, RequestCode.UNREGISTER_BROKER, { extFields })).toMatchObject({ code: 0 });
    broker.close();
    await broker.closed;
    expect((await routeOf(client, 'T')).code).toBe(0);
    await ask(present, RequestCode.UNREGISTER_BROKER, { extFields });
    expect((await routeOf(client, 'T')).code).toBe(ResponseCode.TOPIC_NOT_EXIST);
  });

  test('a registration that was damaged, or names a single topic first, is refused', async () => {
    const { connect } = await start();
    const broker = await connect();
    expect(await ask(broker, RequestCode.REGISTER_BROKER, registration({ bodyCrc32: '1' }))).toMatchObject({
      code: ResponseCode.SYSTEM_ERROR,
      remark: 'crc32 not match',
    });
    const single = await ask(broker, RequestCode.REGISTER_BROKER, registration({}, 1, ['T']));
    expect(single.code).toBe(ResponseCode.SYSTEM_ERROR);
    expect(single.remark).toMatch(/^register broker failed/);
    expect((await ask(broker, RequestCode.REGISTER_BROKER, registration({ bodyCrc32: '0' }))).code).toBe(0);
  });

  test('a slave learns where its master is', async () => {
    const { connect } = await registered();
    const slave = await connect();
    const content = registration({ brokerId: '1', brokerAddr: '127.0.0.1:20911' });
    const answer = await ask(slave, RequestCode.REGISTER_BROKER, content);
    expect(answer.extFields).toEqual({ masterAddr: '127.0.0.1:10911', haServerAddr: '127.0.0.1:10912' });
    const { extFields } = registration();
    expect(textOf(await ask(slave, RequestCode.GET_BROKER_MEMBER_GROUP, { extFields }))).toBe(
      '{"brokerMemberGroup":{"brokerAddrs":{0:"127.0.0.1:10911",1:"127.0.0.1:20911"},"brokerName":"broker-a","cluster":"DefaultCluster"}}',
    );
  });

  test('a broker asks whether its topics are known in their present version', async () => {
    const { broker } = await registered();
    const { extFields } = registration();
    const version = (counter: number) => Buffer.from(JSON.stringify({ counter, stateVersion: 0, timestamp: 1000 }));
    const same = await ask(broker, RequestCode.QUERY_DATA_VERSION, { extFields, body: version(1) });
    expect(same.extFields.changed).toBe('false');
    expect(JSON.parse(textOf(same))).toEqual({ counter: 1, stateVersion: 0, timestamp: 1000 });
    const other = await ask(broker, RequestCode.QUERY_DATA_VERSION, { extFields, body: version(2) });
    expect(other.extFields.changed).toBe('true');
    const unknown = { ...extFields, brokerAddr: '127.0.0.1:1' };
    const answer = await ask(broker, RequestCode.QUERY_DATA_VERSION, { extFields: unknown, body: version(1) });
    expect([answer.extFields.changed, answer.body]).toEqual(['true', undefined]);
  });

  test('topics are listed, registered, deleted and closed for writing', async () => {
    const { broker, client } = await registered();
    const list = async (code: number, extFields = {}) =>
      JSON.parse(textOf(await ask(client, code, { extFields }))) as { topicList: string[]; brokerAddr?: string };
    expect(await list(RequestCode.GET_ALL_TOPIC_LIST_FROM_NAMESERVER)).toEqual({ topicList: ['T', 'U'] });
    expect(await list(RequestCode.GET_TOPICS_BY_CLUSTER, { cluster: 'DefaultCluster' })).toEqual({
      topicList: ['T', 'U'],
    });
    expect(await list(RequestCode.GET_SYSTEM_TOPIC_LIST_FROM_NS)).toEqual({
      topicList: ['DefaultCluster', 'broker-a'],
      brokerAddr: '127.0.0.1:10911',
    });
    for (const code of [311, 312, 313]) expect(await list(code)).toEqual({ topicList: [] });

    const queueDatas = [{ brokerName: 'broker-a', perm: 6, readQueueNums: 1, writeQueueNums: 1, topicSysFlag: 3 }];
    const body = Buffer.from(JSON.stringify({ queueDatas, brokerDatas: [] }));
    await ask(broker, RequestCode.REGISTER_TOPIC_IN_NAMESRV, { extFields: { topic: 'V' }, body });
    expect(await list(RequestCode.GET_UNIT_TOPIC_LIST)).toEqual({ topicList: ['V'] });
    expect(await list(RequestCode.GET_HAS_UNIT_SUB_TOPIC_LIST)).toEqual({ topicList: ['V'] });

    const extFields = { brokerName: 'broker-a' };
    const wiped = await ask(client, RequestCode.WIPE_WRITE_PERM_OF_BROKER, { extFields });
    expect(wiped.extFields).toEqual({ wipeTopicCount: '3' });
    expect(textOf(await routeOf(client, 'T'))).toContain('"perm":4');
    const added = await ask(client, RequestCode.ADD_WRITE_PERM_OF_BROKER, { extFields });
    expect(added.extFields).toEqual({ addTopicCount: '3' });
    expect(textOf(await routeOf(client, 'T'))).toContain('"perm":6');

    await ask(client, RequestCode.DELETE_TOPIC_IN_NAMESRV, { extFields: { topic: 'T' } });
    expect(await list(RequestCode.GET_ALL_TOPIC_LIST_FROM_NAMESERVER)).toEqual({ topicList: ['U', 'V'] });
  });

  test('the key-value table is told to brokers and, where that is wanted, with routes', async () => {
    const { broker, client } = await registered({ options: { orderMessageEnable: true } });
    const extFields = { namespace: 'ORDER_TOPIC_CONFIG', key: 'T', value: 'broker-a:4' };
    expect(await ask(client, RequestCode.GET_KV_CONFIG, { extFields })).toMatchObject({
      code: ResponseCode.QUERY_NOT_FOUND,
    });
    expect(await ask(client, RequestCode.GET_KVLIST_BY_NAMESPACE, { extFields })).toMatchObject({
      code: ResponseCode.QUERY_NOT_FOUND,
    });
    expect((await ask(client, RequestCode.PUT_KV_CONFIG, { extFields })).code).toBe(0);
    expect((await ask(client, RequestCode.GET_KV_CONFIG, { extFields })).extFields).toEqual({ value: 'broker-a:4' });
    expect(textOf(await ask(client, RequestCode.GET_KVLIST_BY_NAMESPACE, { extFields }))).toBe(
      '{"table":{"T":"broker-a:4"}}',
    );
    expect(textOf(await ask(broker, RequestCode.REGISTER_BROKER, registration()))).toBe('{"table":{"T":"broker-a:4"}}');
    expect(textOf(await routeOf(client, 'T'))).toContain('"orderTopicConf":"broker-a:4"');
    await ask(client, RequestCode.DELETE_KV_CONFIG, { extFields });
    expect((await ask(client, RequestCode.GET_KV_CONFIG, { extFields })).code).toBe(ResponseCode.QUERY_NOT_FOUND);
  });

  test('tools may change its settings, but no path', async () => {
    const { client } = await registered();
    const update = (text: string) => ask(client, RequestCode.UPDATE_NAMESRV_CONFIG, { body: Buffer.from(text) });
    expect(await update('enableAllTopicList=false\nkvConfigPath=/tmp/x')).toMatchObject({
      code: ResponseCode.NO_PERMISSION,
      remark: 'Can not update config in black list.',
    });
    expect(await update('enableAllTopicList=maybe')).toMatchObject({ code: ResponseCode.SYSTEM_ERROR });
    expect((await ask(client, RequestCode.GET_ALL_TOPIC_LIST_FROM_NAMESERVER)).code).toBe(0);
    expect((await update('# off\nenableAllTopicList = false\nsomethingElse=1\n')).code).toBe(0);
    expect(await ask(client, RequestCode.GET_ALL_TOPIC_LIST_FROM_NAMESERVER)).toMatchObject({
      code: ResponseCode.SYSTEM_ERROR,
      remark: 'disable',
    });
    const text = textOf(await ask(client, RequestCode.GET_NAMESRV_CONFIG));
    expect(text).toContain('enableAllTopicList=false\n');
    expect(text).not.toContain('somethingElse');
  });

  test('routes are refused until brokers had time to register, where that is wanted', async () => {
    const { client, clock } = await registered({ options: { needWaitForService: true, waitSecondsForService: 45 } });
    expect(await routeOf(client, 'T')).toMatchObject({
      code: ResponseCode.SYSTEM_ERROR,
      remark: 'name server not ready',
    });
    await clock.advance(45_000);
    expect((await routeOf(client, 'T')).code).toBe(0);
  });

  test('a client may ask for brokers of its zone', async () => {
    const { client, connect } = await registered();
    const other = await connect();
    const elsewhere = { brokerName: 'broker-b', brokerAddr: '127.0.0.1:30911', __ZONE_NAME: 'z2' };
    await ask(other, RequestCode.REGISTER_BROKER, registration(elsewhere));
    const route = await routeOf(client, 'T', { __ZONE_MODE: 'true', __ZONE_NAME: 'Z2' });
    const { brokerDatas } = JSON.parse(textOf(route)) as { brokerDatas: { brokerName: string; zoneName: string }[] };
    expect(brokerDatas).toMatchObject([{ brokerName: 'broker-b', zoneName: 'z2' }]);
  });

  test.each([
    ['no body that can be read', { body: Buffer.from('[') }],
    ['an id that is no number', { extFields: { brokerId: 'x' } }],
  ])('a registration with %s is answered and disturbs nobody', async (_kind, damage) => {
    const { broker, client } = await registered();
    const good = registration();
    const extFields = { ...good.extFields, bodyCrc32: '0', ...('extFields' in damage ? damage.extFields : {}) };
    const answer = await ask(broker, RequestCode.REGISTER_BROKER, { ...good, ...damage, extFields });
    expect(answer.code).toBe(ResponseCode.SYSTEM_ERROR);
    expect((await routeOf(client, 'T')).code).toBe(0);
  });
});
