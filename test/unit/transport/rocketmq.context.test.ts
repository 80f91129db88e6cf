import { RocketContext } from '../../../lib/transport/rocketmq.context.js';
import { received } from '../../support/fake-engine.js';

const queue = { topic: 'order', brokerName: 'a', queueId: 0 };
const message = received({
  topic: 'order',
  tag: 'paid',
  keys: ['k'],
  properties: new Map([['h', 'v']]),
  reconsumeTimes: 2,
});

function contextOf(consumer = new AbortController()): RocketContext {
  return new RocketContext([message], queue, 'Orders.onPaid', 'g', false, consumer);
}

it('tells of the message', () => {
  const context = contextOf();
  expect([context.getTopic(), context.getTag(), context.getKeys(), context.getHeader('h')]).toEqual([
    'order',
    'paid',
    ['k'],
    'v',
  ]);
  expect([context.getMessage(), context.getQueue(), context.reconsumeTimes]).toEqual([message, queue, 2]);
  expect(context.getArgByIndex(0)).toEqual([message]);
});

it.each([
  ['before it was asked for', true],
  ['afterwards', false],
])('its signal fires when the transport gives up, %s', (_when, early) => {
  const context = contextOf();
  if (!early) expect(context.signal.aborted).toBe(false);
  context.abort(new Error('too late'));
  expect(context.signal.aborted).toBe(true);
  expect(context.signal.reason).toEqual(new Error('too late'));
});

it('its signal fires when the consumer gives the queue up', () => {
  const consumer = new AbortController();
  const context = contextOf(consumer);
  const { signal } = context;
  consumer.abort(new Error('the queue was locked for another consumer'));
  expect(signal.aborted).toBe(true);
  expect(context.signal).toBe(signal);
});
