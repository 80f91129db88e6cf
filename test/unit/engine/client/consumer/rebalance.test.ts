import { decideReassignment } from '../../../../../lib/engine/client/consumer/rebalance.js';
import { PushConsumer } from '../../../../../lib/engine/client/consumer/push-consumer.js';
import { response, type RemotingCommand } from '../../../../../lib/engine/protocol/remoting-command.js';
import { RequestCode } from '../../../../../lib/engine/protocol/request-code.js';
import { ResponseCode } from '../../../../../lib/engine/protocol/response-code.js';
import { concurrent, Latch, orderly, Recorder, startConsumer, success } from '../../../../support/consumer-rig.js';
import { ScriptedCluster } from '../../../../support/scripted-cluster.js';

let cluster: ScriptedCluster;

beforeEach(async () => {
  cluster = new ScriptedCluster();
  await cluster.start('broker-a', 'broker-b');
  cluster.createTopic('orders', { 'broker-a': 2, 'broker-b': 2 });
});

const idsOf = (consumer: { assignedQueues(): { topic: string; brokerName: string; queueId: number }[] }): string[] =>
  consumer
    .assignedQueues()
    .filter(({ topic }) => topic === 'orders')
    .map(({ brokerName, queueId }) => `${brokerName}:${queueId}`)
    .sort();

const ALL = ['broker-a:0', 'broker-a:1', 'broker-b:0', 'broker-b:1'];

test('what is owned and not assigned is released, what is assigned and not owned acquired', () => {
  const queue = (queueId: number) => ({ topic: 'T', brokerName: 'b', queueId });
  expect(decideReassignment([queue(0), queue(1)], [queue(1), queue(2)])).toEqual({
    release: [queue(0)],
    acquire: [queue(2)],
  });
});

describe.each([
  ['concurrent', concurrent],
  ['orderly', orderly],
] as const)('a group of %s consumers', (_, options) => {
  test('shares the queues, and takes over at once those of a member that leaves', async () => {
    const first = await startConsumer(cluster, options(new Recorder()));
    expect(idsOf(first)).toEqual(ALL);
    const second = await startConsumer(cluster, options(new Recorder()));
    await cluster.settle(500);
    expect([...idsOf(first), ...idsOf(second)].sort()).toEqual(ALL);
    expect(idsOf(first)).toHaveLength(2);
    await second.stop();
    await cluster.settle(100);
    expect(idsOf(first)).toEqual(ALL);
  });

  test('the successor begins where the predecessor has ended', async () => {
    const [before, after] = [new Recorder(), new Recorder()];
    const first = await startConsumer(cluster, options(before));
    for (const queueId of [0, 1]) cluster.broker('broker-b').put('orders', queueId, `m${queueId}`);
    await cluster.settle();
    await startConsumer(cluster, options(after));
    await cluster.settle(500);
    await first.stop();
    await cluster.settle(500);
    expect(before.bodies.sort()).toEqual(['m0', 'm1']);
    expect(after.bodies).toEqual([]);
  });
});

test('a queue is handed over only when the listener has ended, so order is kept', async () => {
  const latch = new Latch();
  const before = new Recorder(() => latch.pass());
  const after = new Recorder();
  const members = [await startConsumer(cluster, orderly(before))];
  for (const brokerName of ['broker-a', 'broker-b']) {
    for (const queueId of [0, 1]) {
      for (const n of [0, 1]) cluster.broker(brokerName).put('orders', queueId, `${brokerName}:${queueId}:${n}`);
    }
  }
  await cluster.settle(1);
  members.push(await startConsumer(cluster, orderly(after)));
  await cluster.settle(30_000);
  expect(after.bodies).toEqual([]); // its queues are still at work at the other's
  latch.open();
  await cluster.settle(1000);
  const moved = idsOf(members[1]);
  expect(moved).toHaveLength(2);
  expect(after.bodies.sort()).toEqual(moved.map((id) => `${id}:1`));
});

test('a new group that grows before anything was committed skips nothing', async () => {
  const [before, after] = [new Recorder(() => new Promise(() => {})), new Recorder()];
  await startConsumer(cluster, concurrent(before, { consumeFromWhere: 'CONSUME_FROM_LAST_OFFSET' }));
  for (const queueId of [0, 1]) cluster.broker('broker-b').put('orders', queueId, `m${queueId}`);
  // The second one sees only the committed offsets; had the first kept its start to itself, it would begin at the end.
  await startConsumer(cluster, concurrent(after, { consumeFromWhere: 'CONSUME_FROM_LAST_OFFSET' }));
  await cluster.settle(1000);
  expect(after.bodies.sort()).toEqual(['m0', 'm1']);
});

test('queues stay where they are while the members of the group are not known', async () => {
  const consumer = await startConsumer(cluster, concurrent(new Recorder()));
  const fail = () => response(ResponseCode.SYSTEM_BUSY, { remark: 'busy' });
  for (const broker of cluster.brokers.values()) broker.once(RequestCode.GET_CONSUMER_LIST_BY_GROUP, fail, 5);
  await cluster.settle(21_000);
  expect(idsOf(consumer)).toEqual(ALL);
});

test('a topic that grows is shared out anew when the route is next looked at', async () => {
  const consumer = await startConsumer(cluster, concurrent(new Recorder()));
  cluster.createTopic('orders', { 'broker-a': 3, 'broker-b': 2 });
  await cluster.settle(31_000);
  expect(idsOf(consumer)).toEqual(['broker-a:0', 'broker-a:1', 'broker-a:2', 'broker-b:0', 'broker-b:1']);
});

describe('a broadcasting group', () => {
  test('gives every member all queues, each with a progress of its own', async () => {
    const recorders = [new Recorder(), new Recorder()];
    cluster.broker().put('orders', 1, 'a');
    for (const recorder of recorders) {
      await startConsumer(cluster, concurrent(recorder, { messageModel: 'BROADCASTING' }));
      await cluster.settle(6000);
    }
    expect(recorders.map(({ bodies }) => bodies)).toEqual([['a'], ['a']]);
  });

  test('keeps it in a file of the machine, in the form of Apache', async () => {
    const start = async (recorder: Recorder): Promise<PushConsumer> => {
      const client = await cluster.client({ machine: 'm' });
      const consumer = new PushConsumer(client, concurrent(recorder, { messageModel: 'BROADCASTING' }));
      await consumer.start();
      await cluster.settle();
      return consumer;
    };
    cluster.createTopic('orders', { 'broker-a': 1 });
    cluster.broker().put('orders', 0, 'a');
    await (await start(new Recorder())).stop();
    expect(cluster.offsetFiles.get('m/points')).toBe(
      '{\n\t"offsetTable":{\n\t\t{"brokerName":"broker-a","queueId":0,"topic":"orders"}:1\n\t}\n}',
    );
    cluster.broker().put('orders', 0, 'b');
    const recorder = new Recorder();
    await start(recorder);
    expect(recorder.bodies).toEqual(['b']);
  });
});

test('one stuck listener does not keep the other queues from moving', async () => {
  const stuck = new Recorder(({ queueId, brokerName }) =>
    brokerName === 'broker-b' && queueId === 0 ? new Promise(() => {}) : success,
  );
  const after = new Recorder();
  await startConsumer(cluster, orderly(stuck));
  cluster.broker('broker-b').put('orders', 0, 'stuck');
  await cluster.settle(1);
  const second = await startConsumer(cluster, orderly(after));
  await cluster.settle(1000);
  expect(idsOf(second)).toEqual(['broker-b:1']);
});

test('who joins in the moment a broker comes back does not take a queue whose listener is at work', async () => {
  cluster.createTopic('orders', { 'broker-a': 1 });
  const latch = new Latch();
  const [before, after] = [new Recorder(() => latch.pass()), new Recorder()];
  const broker = cluster.broker('broker-a');
  await startConsumer(cluster, orderly(before));
  await cluster.settle(5000);
  broker.put('orders', 0, 'm0');
  broker.put('orders', 0, 'm1');
  await cluster.settle(1);
  expect(before.bodies).toEqual(['m0']);
  await broker.stop();
  await cluster.settle(1001);
  await broker.start();
  const newcomer = await startConsumer(cluster, orderly(after));
  await cluster.settle(20_000);
  expect(idsOf(newcomer)).toEqual([]);
  expect(after.bodies).toEqual([]);
  latch.open();
  await cluster.settle(5000);
  expect([...before.bodies, ...after.bodies]).toEqual(['m0', 'm1']);
});

test('a queue that was locked but not taken over before it became another’s does not stay locked', async () => {
  cluster.createTopic('orders', { 'broker-a': 3 });
  const broker = cluster.broker('broker-a');
  let isFailing = false;
  const queryOffset = ({ extFields }: RemotingCommand): RemotingCommand =>
    isFailing && extFields.queueId === '2'
      ? response(ResponseCode.SYSTEM_BUSY, { remark: 'busy' })
      : response(ResponseCode.QUERY_NOT_FOUND);
  broker.on(RequestCode.QUERY_CONSUMER_OFFSET, queryOffset);
  await startConsumer(cluster, orderly(new Recorder())); // 0 and 1
  await cluster.settle(1000);
  isFailing = true;
  await startConsumer(cluster, orderly(new Recorder())); // 2, which it has locked but cannot begin
  await cluster.settle(1500);
  const third = await startConsumer(cluster, orderly(new Recorder())); // 2 falls to it
  await cluster.settle(1000);
  isFailing = false;
  await cluster.settle(90_000);
  expect(idsOf(third)).toEqual(['broker-a:2']);
});
