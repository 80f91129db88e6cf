import { crc32 } from '../../../../lib/engine/common/crc32.js';
import { silentLogger } from '../../../../lib/engine/ports/logger.js';
import { decodeRegisterBrokerBody } from '../../../../lib/engine/protocol/bodies/register-broker-body.js';
import { response, type RemotingCommand } from '../../../../lib/engine/protocol/remoting-command.js';
import { RequestCode } from '../../../../lib/engine/protocol/request-code.js';
import type { Acceptor, Channel } from '../../../../lib/engine/remoting/channel.js';
import { MemoryHub } from '../../../../lib/engine/remoting/memory-hub.js';
import { VirtualClock } from '../../../../lib/testing/virtual-clock.js';
import { BrokerRig } from '../../../support/broker-rig.js';

/** Answers everything with success and keeps what it was asked. */
class RecordingNameServer {
  readonly requests: RemotingCommand[] = [];
  readonly channels: Channel[] = [];
  /** Queues of ordered topics, by topic. */
  orderConf: Record<string, string> = {};
  private readonly acceptor: Acceptor;

  constructor(hub: MemoryHub, address: string) {
    this.acceptor = hub.acceptor(address);
  }

  start(): Promise<void> {
    const answer = (request: RemotingCommand): RemotingCommand => {
      this.requests.push(request);
      return response(0, { body: Buffer.from(JSON.stringify({ table: this.orderConf })) });
    };
    const codes = [RequestCode.REGISTER_BROKER, RequestCode.UNREGISTER_BROKER];
    return this.acceptor.start(new Map(codes.map((code) => [code, answer])), (channel) => this.channels.push(channel));
  }

  stop(): Promise<void> {
    return this.acceptor.stop();
  }

  get codes(): number[] {
    return this.requests.map(({ code }) => code);
  }

  /** The last one. */
  get registration(): ReturnType<typeof decodeRegisterBrokerBody> {
    return decodeRegisterBrokerBody(this.requests.at(-1)?.body, { compressed: false, version: 479 });
  }

  get topics(): string[] {
    return this.registration.topics.map(({ topicName }) => topicName);
  }

  permissionOf(topic: string): number | undefined {
    return this.registration.topics.find(({ topicName }) => topicName === topic)?.perm;
  }
}

const clock = new VirtualClock();
const hub = new MemoryHub({ clock, logger: silentLogger });
let first: RecordingNameServer;
let second: RecordingNameServer;
let rig: BrokerRig;

beforeEach(async () => {
  first = new RecordingNameServer(hub, '127.0.0.1:9876');
  second = new RecordingNameServer(hub, '127.0.0.1:9877');
  await first.start();
  await second.start();
  rig = await BrokerRig.start({
    clock,
    connector: hub.connector(),
    broker: { namesrvAddr: '127.0.0.1:9876; 127.0.0.1:9877' },
  });
});

afterEach(async () => {
  await rig.broker.stop();
  await first.stop();
  await second.stop();
});

it('registers with every name server at the start, and every 30 s', async () => {
  expect(first.codes).toEqual([103]);
  expect(second.codes).toEqual([103]);
  const [{ extFields, body }] = first.requests;
  expect(extFields).toEqual({
    brokerName: 'broker-a',
    brokerId: '0',
    clusterName: 'DefaultCluster',
    brokerAddr: '127.0.0.1:10911',
    haServerAddr: '127.0.0.1:10912',
    heartbeatTimeoutMillis: '120000',
    enableActingMaster: 'false',
    compressed: 'false',
    bodyCrc32: String(crc32(body!)),
  });
  expect(first.topics).toContain('TBW102');
  await clock.advance(60_000);
  expect(first.codes).toEqual([103, 103, 103]);
});

it('tells of a new topic before its first message is acknowledged', async () => {
  const client = await rig.connect();
  await client.send('T', 'x');
  expect(first.topics).toContain('T');
  expect(second.topics).toContain('T');
  await client.ask(RequestCode.DELETE_TOPIC_IN_BROKER, { topic: 'T' });
  expect(first.topics).not.toContain('T');
});

it('marks topics that a name server keeps an order configuration of', async () => {
  const client = await rig.connect();
  await client.send('T', 'x');
  const isOrdered = (): boolean | undefined =>
    first.registration.topics.find(({ topicName }) => topicName === 'T')?.order;
  expect(isOrdered()).toBe(false);
  second.orderConf = { T: 'broker-a:4', Unknown: 'broker-a:4' };
  await clock.advance(30_000);
  expect(isOrdered()).toBe(true);
});

it('keeps its connections, and makes a lost one again soon', async () => {
  await clock.advance(60_000);
  expect(first.channels).toHaveLength(1);
  first.channels[0].close();
  await clock.advance(200);
  expect(first.channels).toHaveLength(2);
  expect(first.codes).toHaveLength(4);
});

it('lives without a name server and finds it when it is back', async () => {
  await first.stop();
  const client = await rig.connect();
  expect((await client.send('T', 'x')).code).toBe(0);
  expect(second.topics).toContain('T');
  await first.start();
  await clock.advance(2000);
  expect(first.topics).toContain('T');
});

it('finds a name server that comes later', async () => {
  const later = new RecordingNameServer(hub, '127.0.0.1:9999');
  const waiting = await BrokerRig.start({
    clock,
    connector: hub.connector(),
    broker: { namesrvAddr: '127.0.0.1:9999' },
  });
  await clock.advance(7000);
  await later.start();
  await clock.advance(2000);
  expect(later.codes).toEqual([103]);
  await waiting.broker.stop();
  expect(later.codes).toEqual([103, 104]);
  await later.stop();
});

it('registers topics with what the broker as a whole allows', async () => {
  const client = await rig.connect();
  await client.send('T', 'x');
  const version = versionOf(first);
  expect(first.permissionOf('T')).toBe(6);
  const answer = await client.ask(RequestCode.UPDATE_BROKER_CONFIG, {}, Buffer.from('brokerPermission=4\n'));
  expect(answer.code).toBe(0);
  expect(first.permissionOf('T')).toBe(4);
  expect(versionOf(first)).not.toEqual(version);

  function versionOf(nameServer: RecordingNameServer): unknown {
    return nameServer.registration.dataVersion;
  }
});

it('unregisters when it stops', async () => {
  await rig.broker.stop();
  expect(first.requests.at(-1)).toMatchObject({
    code: RequestCode.UNREGISTER_BROKER,
    extFields: { brokerName: 'broker-a', brokerId: '0', brokerAddr: '127.0.0.1:10911' },
  });
  expect(second.codes.at(-1)).toBe(RequestCode.UNREGISTER_BROKER);
});
