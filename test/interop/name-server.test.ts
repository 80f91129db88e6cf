import { parseFastjson, type FastjsonValue } from '../../lib/engine/common/fastjson.js';
import { NameServer } from '../../lib/engine/namesrv/name-server.js';
import { NodeClock } from '../../lib/engine/platform/node-clock.js';
import { NodeNetwork } from '../../lib/engine/platform/node-network.js';
import { silentLogger } from '../../lib/engine/ports/logger.js';
import { request, type CommandContent, type RemotingCommand } from '../../lib/engine/protocol/remoting-command.js';
import { RequestCode } from '../../lib/engine/protocol/request-code.js';
import { ResponseCode } from '../../lib/engine/protocol/response-code.js';
import { RemotingClient } from '../../lib/engine/remoting/remoting-client.js';
import { TcpAcceptor, TcpConnector } from '../../lib/engine/remoting/tcp-transport.js';
import { describeWhen } from '../support/requirements.js';
import { ApacheCluster } from './support/apache-cluster.js';
import { java17AndMaven } from './support/java-programs.js';
import { ClientProbe } from './support/client-probe.js';
import { startJavaClient } from './support/java-client.js';
import { sampleMessages } from './support/sample-messages.js';

const TOPIC = 'seen-by-both';

interface Question {
  code: number;
  extFields?: Record<string, string>;
  body?: string;
  version?: number;
}

const broker = { brokerName: 'broker-a', clusterName: 'DefaultCluster', brokerId: '0' };
const order = { namespace: 'ORDER_TOPIC_CONFIG', key: TOPIC };

/** Asked in this order of both: later ones see what earlier ones did. */
const questions: Record<string, Question> = {
  'a route in standard JSON': { code: RequestCode.GET_ROUTEINFO_BY_TOPIC, extFields: { topic: TOPIC } },
  'a route in raw JSON': { code: RequestCode.GET_ROUTEINFO_BY_TOPIC, extFields: { topic: TOPIC }, version: 100 },
  'a route an old client wants standard': {
    code: RequestCode.GET_ROUTEINFO_BY_TOPIC,
    extFields: { topic: TOPIC, acceptStandardJsonOnly: 'true' },
    version: 100,
  },
  'the route of TBW102': { code: RequestCode.GET_ROUTEINFO_BY_TOPIC, extFields: { topic: 'TBW102' } },
  'a route nobody has': { code: RequestCode.GET_ROUTEINFO_BY_TOPIC, extFields: { topic: 'none' } },
  'a route in a zone': {
    code: RequestCode.GET_ROUTEINFO_BY_TOPIC,
    extFields: { topic: TOPIC, __ZONE_MODE: 'true', __ZONE_NAME: 'elsewhere' },
  },
  'the clusters': { code: RequestCode.GET_BROKER_CLUSTER_INFO },
  'the brokers of a set': { code: RequestCode.GET_BROKER_MEMBER_GROUP, extFields: broker },
  'the brokers of an unknown set': {
    code: RequestCode.GET_BROKER_MEMBER_GROUP,
    extFields: { ...broker, brokerName: 'x' },
  },
  'all topics': { code: RequestCode.GET_ALL_TOPIC_LIST_FROM_NAMESERVER },
  'the topics of a cluster': { code: RequestCode.GET_TOPICS_BY_CLUSTER, extFields: { cluster: 'DefaultCluster' } },
  'the system topics': { code: RequestCode.GET_SYSTEM_TOPIC_LIST_FROM_NS },
  'the unit topics': { code: RequestCode.GET_UNIT_TOPIC_LIST },
  'the topics with unit subscriptions': { code: RequestCode.GET_HAS_UNIT_SUB_TOPIC_LIST },
  'the other topics with unit subscriptions': { code: RequestCode.GET_HAS_UNIT_SUB_UNUNIT_TOPIC_LIST },
  'a heartbeat': { code: RequestCode.BROKER_HEARTBEAT, extFields: { ...broker, brokerAddr: 'x:1' } },
  'a version of an unknown broker': {
    code: RequestCode.QUERY_DATA_VERSION,
    extFields: { ...broker, brokerAddr: 'x:1' },
    body: '{"counter":1,"stateVersion":0,"timestamp":1}',
  },
  'a key that is not there': { code: RequestCode.GET_KV_CONFIG, extFields: order },
  'a namespace that is not there': { code: RequestCode.GET_KVLIST_BY_NAMESPACE, extFields: order },
  'a key that is put': { code: RequestCode.PUT_KV_CONFIG, extFields: { ...order, value: 'broker-a:4' } },
  'a key that is there': { code: RequestCode.GET_KV_CONFIG, extFields: order },
  'a namespace that is there': { code: RequestCode.GET_KVLIST_BY_NAMESPACE, extFields: order },
  'a key that is deleted': { code: RequestCode.DELETE_KV_CONFIG, extFields: order },
  'a namespace that is empty': { code: RequestCode.GET_KVLIST_BY_NAMESPACE, extFields: order },
  'write permission wiped': { code: RequestCode.WIPE_WRITE_PERM_OF_BROKER, extFields: broker },
  'the route afterwards': { code: RequestCode.GET_ROUTEINFO_BY_TOPIC, extFields: { topic: TOPIC } },
  'write permission added': { code: RequestCode.ADD_WRITE_PERM_OF_BROKER, extFields: broker },
  'a topic registered': {
    code: RequestCode.REGISTER_TOPIC_IN_NAMESRV,
    extFields: { topic: 'single' },
    body: '{"queueDatas":[{"brokerName":"broker-a","perm":6,"readQueueNums":3,"topicSysFlag":0,"writeQueueNums":2}]}',
  },
  'its route': { code: RequestCode.GET_ROUTEINFO_BY_TOPIC, extFields: { topic: 'single' } },
  'a topic deleted': { code: RequestCode.DELETE_TOPIC_IN_NAMESRV, extFields: { topic: 'single' } },
  'a setting of a path': { code: RequestCode.UPDATE_NAMESRV_CONFIG, body: 'kvConfigPath=/tmp/x\n' },
  'a setting': { code: RequestCode.UPDATE_NAMESRV_CONFIG, body: 'enableAllTopicList=false\n' },
  'all topics, now disabled': { code: RequestCode.GET_ALL_TOPIC_LIST_FROM_NAMESERVER },
  'a code of brokers': { code: RequestCode.SEND_MESSAGE },
};

describeWhen(java17AndMaven, 'a broker of Apache’s, known to Apache’s name server and to ours', () => {
  const clock = new NodeClock();
  const transport = { network: new NodeNetwork(), clock, logger: silentLogger };
  const client = new RemotingClient({ connector: new TcpConnector(transport), clock });
  const ours = new NameServer({
    acceptors: [new TcpAcceptor({ ...transport, host: '127.0.0.1', port: 0 })],
    clock,
    logger: silentLogger,
  });
  let apache: ApacheCluster;
  let apacheBroker: ApacheCluster;
  let probe: ClientProbe;

  beforeAll(async () => {
    await ours.start();
    await client.start();
    apache = await ApacheCluster.start({ broker: false });
    const nameServerAddresses = `${apache.nameServerAddresses};${ours.addresses[0]}`;
    apacheBroker = await ApacheCluster.start({ nameServerAddresses });
    probe = await startJavaClient();
    await probe.at(nameServerAddresses).createTopic(TOPIC, { queues: 4 });
  });

  afterAll(async () => {
    await probe?.stop();
    await apacheBroker?.stop();
    await apache?.stop();
    await client.stop();
    await ours.stop();
  });

  function ask(address: string, { code, extFields, body, version = 479 }: Question): Promise<RemotingCommand> {
    const content: CommandContent = { extFields, body: body === undefined ? undefined : Buffer.from(body) };
    return client.invoke(address, { ...request(code, content), version }, 5000);
  }

  test.each([
    [['clusterList'], /DefaultCluster +broker-a +0 +\S+ +V5_3_3 .* true/],
    [['topicList'], /^seen-by-both$/m],
    [['topicRoute', '-t', TOPIC], /"brokerName":"broker-a"[^]*"readQueueNums":4/],
    [['getNamesrvConfig'], /scanNotActiveBrokerInterval *= +5000/],
  ])('mqadmin asks ours: %j', async (words, printed) => {
    expect(await probe.at(ours.addresses[0]).mqadmin(...words)).toMatch(printed);
  });

  test.each(Object.entries(questions))('both answer alike: %s', async (_what, question) => {
    const [theirs, own] = await Promise.all(
      [apache.nameServerAddresses, ours.addresses[0]].map((at) => ask(at, question)),
    );
    expect(comparable(own)).toEqual(comparable(theirs));
  });

  test('Apache’s client sends and consumes where our name server shows the way', async () => {
    const java = probe.at(ours.addresses[0]);
    const messages = sampleMessages(TOPIC, 20);
    const sent = await java.send(messages);
    expect(sent.every(({ status }) => status === 'SEND_OK')).toBe(true);
    const consumer = await java.consume({ group: 'g-name-server', topics: [TOPIC], from: 'CONSUME_FROM_FIRST_OFFSET' });
    await consumer.atLeast(20);
    await consumer.stop();
  });

  test('a broker that was killed is forgotten within a second', async () => {
    await apacheBroker.stop();
    const deadline = clock.monotonic() + 1000;
    const route = { code: RequestCode.GET_ROUTEINFO_BY_TOPIC, extFields: { topic: TOPIC } };
    while ((await ask(ours.addresses[0], route)).code !== ResponseCode.TOPIC_NOT_EXIST) {
      expect(clock.monotonic()).toBeLessThan(deadline);
    }
  });
});

/** An answer without what has no meaning: the order of lists that are sets, a failure's wording, Java's greeting. */
function comparable({ code, extFields, body }: RemotingCommand) {
  return { code, extFields, body: body && sorted(parseFastjson(body.toString())) };
}

function sorted(value: FastjsonValue): unknown {
  if (Array.isArray(value)) return value.map(sorted).sort((a, b) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, member]) => [key, sorted(member)]));
}
