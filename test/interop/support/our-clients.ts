import type { Engine, SendResult } from '../../../lib/engine/index.js';
import { Collected } from './collected.js';
import { type Delivered, deliveredToUs, type Sent } from './delivered.js';

/** Someone who consumes a topic until it is stopped. */
export interface Consumer {
  messages: Collected<Delivered>;
  stop(): Promise<void>;
}

/** Sends all, many at a time. */
export async function sendByUs(engine: Engine, messages: readonly Sent[]): Promise<SendResult[]> {
  const producer = engine.createProducer({ group: 'our-producer' });
  await producer.start();
  try {
    return await Promise.all(messages.map(async (message) => producer.send(message)));
  } finally {
    await producer.stop();
  }
}

export async function consumeByUs(engine: Engine, topic: string, group: string): Promise<Consumer> {
  const messages = new Collected<Delivered>();
  const consumer = engine.createPushConsumer({
    group,
    subscriptions: [{ topic }],
    consumeFromWhere: 'CONSUME_FROM_FIRST_OFFSET',
    listener: {
      mode: 'concurrent',
      consume: async (received) => {
        for (const message of received) messages.add(deliveredToUs(message));
        return { status: 'SUCCESS' };
      },
    },
  });
  await consumer.start();
  return { messages, stop: async () => consumer.stop() };
}
