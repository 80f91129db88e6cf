import { Namespace } from '../../../../../lib/engine/client/namespace/namespace.js';
import { PushConsumer } from '../../../../../lib/engine/client/consumer/push-consumer.js';
import { Producer } from '../../../../../lib/engine/client/producer/producer.js';
import { ConfigurationError } from '../../../../../lib/engine/common/errors.js';
import type { ReceivedMessage } from '../../../../../lib/engine/message/message.js';
import { decodeProperties } from '../../../../../lib/engine/message/properties-codec.js';
import { RequestCode } from '../../../../../lib/engine/protocol/request-code.js';
import { ScriptedCluster } from '../../../../support/scripted-cluster.js';

// As Apache 5.3.3's NamespaceUtil answers.
test.each([
  ['NS', 'Orders', 'NS%Orders', 'Orders'],
  ['NS', '%RETRY%g', '%RETRY%NS%g', '%RETRY%g'],
  ['NS', '%DLQ%g', '%DLQ%NS%g', '%DLQ%g'],
  ['NS', 'NS%Orders', 'NS%Orders', 'Orders'],
  ['NS', '%RETRY%NS%g', '%RETRY%NS%g', '%RETRY%g'],
  ['NS', 'RMQ_SYS_TRACE_TOPIC', 'RMQ_SYS_TRACE_TOPIC', 'RMQ_SYS_TRACE_TOPIC'],
  ['NS', 'rmq_sys_x', 'rmq_sys_x', 'rmq_sys_x'],
  ['NS', 'CID_RMQ_SYS_x', 'CID_RMQ_SYS_x', 'CID_RMQ_SYS_x'],
  ['NS', 'Other%Orders', 'NS%Other%Orders', 'Other%Orders'],
  ['', 'Orders', 'Orders', 'Orders'],
])('in namespace %p %s is %s, and without it %s', (name, resource, wrapped, unwrapped) => {
  const namespace = new Namespace(name);
  expect(namespace.wrap(resource)).toBe(wrapped);
  expect(namespace.unwrap(resource)).toBe(unwrapped);
  expect(namespace.unwrap(wrapped)).toBe(unwrapped === wrapped ? wrapped : namespace.unwrap(resource));
});

test.each(['a b', 'NS%'])('%p is no namespace', (name) => {
  expect(() => new Namespace(name)).toThrow(ConfigurationError);
});

test('the cluster hears of wrapped names, the application of its own', async () => {
  const cluster = new ScriptedCluster();
  await cluster.start('broker-a');
  cluster.createTopic('NS%orders', { 'broker-a': 1 });
  const client = await cluster.client({ namespace: 'NS' });
  const received: ReceivedMessage[] = [];
  const consumer = new PushConsumer(client, {
    group: 'workers',
    subscriptions: [{ topic: 'orders' }],
    listener: {
      mode: 'concurrent',
      consume: async ([message]) => {
        received.push(message);
        return { status: received.length === 1 ? 'LATER' : 'SUCCESS' };
      },
    },
  });
  await consumer.start();
  const producer = new Producer(client, { group: 'senders' });
  await producer.start();
  const [queue] = await producer.publishQueues('orders');
  expect(queue.topic).toBe('orders');
  const selectQueue = (queues: readonly (typeof queue)[]) => queues[0];
  for (const options of [{}, { queue }, { selectQueue }]) {
    const result = await producer.send({ topic: 'orders', body: Buffer.from('x') }, options);
    expect(result.queue).toEqual(queue);
  }
  await cluster.settle(5000);
  expect(new Set(received.map(({ topic }) => topic))).toEqual(new Set(['orders']));
  expect(received).toHaveLength(4); // the first came again by the group's retry topic
  const [sent] = cluster.broker().requestsOf(RequestCode.SEND_MESSAGE_V2);
  expect(sent.extFields).toMatchObject({ a: 'NS%senders', b: 'NS%orders' });
  expect(decodeProperties(sent.extFields.i).get('INSTANCE_ID')).toBe('NS');
  expect(cluster.broker().clientsOf('NS%workers')).toHaveLength(1);
  const [back] = cluster.broker().requestsOf(RequestCode.CONSUMER_SEND_MSG_BACK);
  expect(back.extFields).toMatchObject({ group: 'NS%workers', originTopic: 'NS%orders' });
  await consumer.stop();
  await producer.stop();
});
