import { LitePullConsumer } from '../../../../../lib/engine/client/consumer/lite-pull-consumer.js';
import { PopConsumer } from '../../../../../lib/engine/client/consumer/pop/pop-consumer.js';
import { PullConsumer } from '../../../../../lib/engine/client/consumer/pull-consumer.js';
import type { WaitOptions } from '../../../../../lib/engine/common/on-abort.js';
import type { RequestProcessor } from '../../../../../lib/engine/remoting/channel.js';
import { RequestCode } from '../../../../../lib/engine/protocol/request-code.js';
import { response } from '../../../../../lib/engine/protocol/remoting-command.js';
import { ScriptedCluster } from '../../../../support/scripted-cluster.js';

const never: RequestProcessor = () => new Promise(() => {});
const queue = { topic: 'orders', brokerName: 'broker-a', queueId: 0 };

let cluster: ScriptedCluster;

beforeEach(async () => {
  cluster = new ScriptedCluster();
  await cluster.start('broker-a');
  cluster.createTopic('orders', { 'broker-a': 1 });
  cluster.broker().put('orders', 0, 'm');
});

/** Of servers that never answer these requests. */
async function endsWithItsSignal(codes: number[], call: (options: WaitOptions) => Promise<unknown>): Promise<void> {
  for (const peer of [...cluster.nameServers, cluster.broker()]) {
    for (const code of codes) peer.once(code, never, 100);
  }
  const controller = new AbortController();
  const outcome = expect(call({ signal: controller.signal })).rejects.toMatchObject({ code: 'ABORTED' });
  await cluster.settle(10);
  controller.abort();
  await outcome;
}

const { GET_ROUTEINFO_BY_TOPIC, GET_MIN_OFFSET, GET_MAX_OFFSET, SEARCH_OFFSET_BY_TIMESTAMP } = RequestCode;
const { QUERY_CONSUMER_OFFSET, UPDATE_CONSUMER_OFFSET, CONSUMER_SEND_MSG_BACK } = RequestCode;

test.each<[string, number[], (consumer: PullConsumer, options: WaitOptions) => Promise<unknown>]>([
  ['fetchSubscribeMessageQueues', [GET_ROUTEINFO_BY_TOPIC], (c, o) => c.fetchSubscribeMessageQueues('orders', o)],
  ['fetchConsumeOffset', [QUERY_CONSUMER_OFFSET], (c, o) => c.fetchConsumeOffset(queue, o)],
  ['updateConsumeOffset', [UPDATE_CONSUMER_OFFSET], (c, o) => c.updateConsumeOffset(queue, 1, o)],
  ['minOffset', [GET_MIN_OFFSET], (c, o) => c.minOffset(queue, o)],
  ['maxOffset', [GET_MAX_OFFSET], (c, o) => c.maxOffset(queue, o)],
  ['searchOffset', [SEARCH_OFFSET_BY_TIMESTAMP], (c, o) => c.searchOffset(queue, 1, o)],
])('of a pull consumer: %s', async (_name, codes, call) => {
  const consumer = new PullConsumer(await cluster.client(), { group: 'points' });
  await consumer.start();
  await endsWithItsSignal(codes, (options) => call(consumer, options));
});

test('of a pull consumer: sendMessageBack', async () => {
  const consumer = new PullConsumer(await cluster.client(), { group: 'points' });
  await consumer.start();
  const { messages } = await consumer.pull(queue, 0);
  await endsWithItsSignal([CONSUMER_SEND_MSG_BACK], (options) => consumer.sendMessageBack(messages[0], 1, options));
});

test.each<[string, number[], (consumer: LitePullConsumer, options: WaitOptions) => Promise<unknown>]>([
  ['assign', [GET_ROUTEINFO_BY_TOPIC], (c, o) => c.assign([{ ...queue, topic: 'others' }], o)],
  ['fetchMessageQueues', [GET_ROUTEINFO_BY_TOPIC], (c, o) => c.fetchMessageQueues('orders', o)],
  ['seek', [GET_MAX_OFFSET], (c, o) => c.seek(queue, 0, o)],
  ['seekToBegin', [GET_MIN_OFFSET], (c, o) => c.seekToBegin(queue, o)],
  ['seekToEnd', [GET_MAX_OFFSET], (c, o) => c.seekToEnd(queue, o)],
  ['seekToTimestamp', [SEARCH_OFFSET_BY_TIMESTAMP], (c, o) => c.seekToTimestamp(queue, 1, o)],
  ['offsetForTimestamp', [SEARCH_OFFSET_BY_TIMESTAMP], (c, o) => c.offsetForTimestamp(queue, 1, o)],
  ['commit', [UPDATE_CONSUMER_OFFSET], (c, o) => c.commit([{ queue, offset: 1 }], o)],
  ['committed', [QUERY_CONSUMER_OFFSET], (c, o) => c.committed(queue, o)],
])('of a lite pull consumer: %s', async (_name, codes, call) => {
  const consumer = new LitePullConsumer(await cluster.client(), {
    group: 'points',
    consumeFromWhere: 'CONSUME_FROM_FIRST_OFFSET',
    autoCommit: false,
  });
  await consumer.start();
  await consumer.assign([queue]);
  await cluster.settle();
  await endsWithItsSignal(codes, (options) => call(consumer, options));
});

test.each<[string, number, 'ack' | 'changeInvisibleTime']>([
  ['ack', RequestCode.ACK_MESSAGE, 'ack'],
  ['changeInvisibleTime', RequestCode.CHANGE_MESSAGE_INVISIBLETIME, 'changeInvisibleTime'],
])('of a POP consumer: %s', async (_name, code, method) => {
  const broker = cluster.broker();
  const { record } = broker.queues.records.get('orders@broker-a@0')![0];
  broker.on(code, never);
  broker.on(RequestCode.POP_MESSAGE, () =>
    response(0, {
      extFields: { popTime: '500', invisibleTime: '60000', reviveQid: '2', restNum: '0', startOffsetInfo: '0 0 0' },
      body: record,
    }),
  );
  await broker.stop();
  await broker.start(); // now with these
  const consumer = new PopConsumer(await cluster.client(), { group: 'points', subscriptions: [{ topic: 'orders' }] });
  await consumer.start();
  const [message] = await consumer.pop();
  await endsWithItsSignal([], (options) =>
    method === 'ack' ? consumer.ack(message, options) : consumer.changeInvisibleTime(message, 1000, options),
  );
});
