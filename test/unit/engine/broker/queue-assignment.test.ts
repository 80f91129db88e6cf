import { assignToPop, assignToPull } from '../../../../lib/engine/broker/queue-assignment.js';
import type { MessageQueue } from '../../../../lib/engine/message/message-queue.js';
import { silentLogger } from '../../../../lib/engine/ports/logger.js';
import { response } from '../../../../lib/engine/protocol/remoting-command.js';
import { RequestCode } from '../../../../lib/engine/protocol/request-code.js';
import { MemoryHub } from '../../../../lib/engine/remoting/memory-hub.js';
import { VirtualClock } from '../../../../lib/testing/virtual-clock.js';
import { BrokerRig, jsonIn, type TestClient } from '../../../support/broker-rig.js';

const queues = (count: number, brokerName = 'b'): MessageQueue[] =>
  Array.from({ length: count }, (_, queueId) => ({ topic: 'T', brokerName, queueId }));
const ids = (assigned: readonly MessageQueue[] | undefined) => assigned?.map(({ queueId }) => queueId);

it.each([
  ['AVG', [0, 1, 2], [3, 4], [5, 6]],
  ['AVG_BY_CIRCLE', [0, 3, 6], [1, 4], [2, 5]],
])('%s gives each queue to one client', (strategy, ...expected) => {
  const clients = ['c1', 'c2', 'c3'];
  expect(clients.map((client) => ids(assignToPull(client, clients, queues(7), strategy)))).toEqual(expected);
  expect(assignToPull('c9', clients, queues(7), strategy)).toEqual([]);
  expect(assignToPull('c1', clients, queues(7), 'toString')).toBeUndefined();
});

it('clients that pop share queues', () => {
  const clients = ['c1', 'c2', 'c3', 'c4'];
  expect(assignToPop('c1', clients, [...queues(4, 'a'), ...queues(4, 'b')], 'AVG', 0)).toEqual([
    { topic: 'T', brokerName: 'a', queueId: -1 },
    { topic: 'T', brokerName: 'b', queueId: -1 },
  ]);
  expect(ids(assignToPop('c4', clients, queues(4), 'AVG', 1))).toEqual([3, 0]);
  expect(ids(assignToPop('c4', clients, queues(3), 'AVG', 1))).toEqual([0]);
});

describe('a broker', () => {
  const clock = new VirtualClock();
  const hub = new MemoryHub({ clock, logger: silentLogger });
  const nameServer = hub.acceptor('127.0.0.1:9876');
  let rig: BrokerRig;
  let client: TestClient;
  let routes = 0;

  beforeAll(() =>
    nameServer.start(
      new Map([
        [RequestCode.REGISTER_BROKER, () => response(0)],
        [RequestCode.UNREGISTER_BROKER, () => response(0)],
        [
          RequestCode.GET_ROUTEINFO_BY_TOPIC,
          () => {
            routes++;
            const data = (brokerName: string, perm: number) => ({
              brokerName,
              readQueueNums: 2,
              writeQueueNums: 2,
              perm,
            });
            const queueDatas = [data('broker-b', 6), data('broker-a', 6), data('broker-c', 2)];
            return response(0, { body: Buffer.from(JSON.stringify({ queueDatas })) });
          },
        ],
      ]),
      () => undefined,
    ),
  );

  beforeEach(async () => {
    rig = await BrokerRig.start({ clock, connector: hub.connector(), broker: { namesrvAddr: '127.0.0.1:9876' } });
    client = await rig.connect('c1');
    await client.send('T', 'x');
  });

  afterEach(() => rig.broker.stop());
  afterAll(() => nameServer.stop());

  const ask = async (more: object = {}): Promise<unknown> =>
    jsonIn(
      await client.askJson(RequestCode.QUERY_ASSIGNMENT, {
        topic: 'T',
        consumerGroup: 'G',
        clientId: 'c1',
        strategyName: 'AVG',
        messageModel: 'CLUSTERING',
        ...more,
      }),
    );

  it('assigns queues of all brokers among the members it knows', async () => {
    expect(await ask()).toEqual({});
    await client.consumerHeartbeat('G', ['T']);
    const second = await rig.connect('c2');
    await second.consumerHeartbeat('G', ['T']);
    routes = 0;
    const assigned = (brokerName: string, queueId: number) => ({
      messageQueue: { brokerName, queueId, topic: 'T' },
      mode: 'PULL',
    });
    expect(await ask()).toEqual({ messageQueueAssignments: [assigned('broker-a', 0), assigned('broker-a', 1)] });
    expect(await ask({ clientId: 'c2' })).toEqual({
      messageQueueAssignments: [assigned('broker-b', 0), assigned('broker-b', 1)],
    });
    expect(
      ((await ask({ messageModel: 'BROADCASTING' })) as { messageQueueAssignments: unknown[] }).messageQueueAssignments,
    ).toHaveLength(4);
    expect(await ask({ strategyName: 'MACHINE_ROOM' })).toEqual({});
    expect(routes).toBeLessThanOrEqual(1); // it remembers for a while
  });

  it('lets a group pop, also after a restart', async () => {
    const mode = { topic: 'T', consumerGroup: 'G', mode: 'POP', popShareQueueNum: 0 };
    expect((await client.askJson(RequestCode.SET_MESSAGE_REQUEST_MODE, mode)).code).toBe(0);
    expect((await client.askJson(RequestCode.SET_MESSAGE_REQUEST_MODE, { ...mode, topic: 'Nope' })).code).toBe(17);
    expect((await client.askJson(RequestCode.SET_MESSAGE_REQUEST_MODE, { ...mode, topic: '%RETRY%G' })).code).toBe(16);
    rig.kill();
    rig = await rig.next();
    client = await rig.connect('c1');
    await client.consumerHeartbeat('G', ['T']);
    expect(await ask()).toMatchObject({
      messageQueueAssignments: [
        { messageQueue: { brokerName: 'broker-a', queueId: -1 }, mode: 'POP' },
        { messageQueue: { brokerName: 'broker-b', queueId: -1 }, mode: 'POP' },
      ],
    });
    expect(jsonIn(await client.ask(RequestCode.GET_ALL_MESSAGE_REQUEST_MODE))).toMatchObject({
      messageRequestModeMap: { T: { G: { mode: 'POP' } } },
    });
  });
});
