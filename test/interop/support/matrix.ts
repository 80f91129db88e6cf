import { type Delivered, firstKey, type Sent, sortedContents } from './delivered.js';
import { groupBy } from './group-by.js';
import type { ProbeClients, ProbeConsumer } from './client-probe.js';
import type { OnTarget } from './on-targets.js';
import { largeMessages, sampleMessages } from './sample-messages.js';

/** Sends messages of one kind and tells which of them consumers get. */
export interface Kind {
  send(java: ProbeClients, topic: string): Promise<readonly Sent[]>;
  /** Milliseconds from birth to delivery. */
  delayMs?: number;
  /** Messages of one lane share a queue and keep their order. */
  lane?(message: Sent): string;
}

/** Starts a consumer of one mode; `selects` says which messages are meant for it. */
export interface Mode {
  start(java: ProbeClients, topic: string, group: string): Promise<ProbeConsumer>;
  selects?(message: Sent): boolean;
  /** Hands over each queue's messages in their order. */
  inOrder?: true;
}

const COUNT = 24;

export const kinds: Record<string, Kind> = {
  sync: { send: sendBy('sync') },
  async: { send: sendBy('async') },
  oneway: { send: sendBy('oneway') },
  batch: { send: sendBy('batch') },
  'ordered by key': {
    lane: ({ properties }) => `order-${Number(properties.index) % 5}`,
    send: async (java, topic) => {
      const messages = sampleMessages(topic, COUNT);
      await java.send(
        messages.map((message, i) => ({ ...message, shardingKey: `order-${i % 5}` })),
        'orderly',
      );
      return messages;
    },
  },
  '1 MiB': {
    send: async (java, topic) => {
      const messages = largeMessages(topic, 4, 1024 * 1024);
      await java.send(messages);
      return messages;
    },
  },
  'delay level': {
    delayMs: 2_000,
    send: async (java, topic) => {
      const messages = sampleMessages(topic, COUNT);
      await java.send(messages.map((message) => ({ ...message, delayLevel: 2 })));
      return messages;
    },
  },
  'delay in milliseconds': {
    delayMs: 1_500,
    send: async (java, topic) => {
      const messages = sampleMessages(topic, COUNT);
      await java.send(messages.map((message) => ({ ...message, systemProperties: { TIMER_DELAY_MS: '1500' } })));
      return messages;
    },
  },
  transaction: {
    send: async (java, topic) => {
      // Apache forgets the flag of a half message that it has to ask about.
      const messages = sampleMessages(topic, COUNT).map((message) => ({ ...message, flag: 0 }));
      const third = COUNT / 3;
      await java.transaction(messages.slice(0, third), { decide: 'COMMIT' });
      await java.transaction(messages.slice(third, 2 * third), { decide: 'ROLLBACK' });
      // These are committed when the broker asks.
      await java.transaction(messages.slice(2 * third), { decide: 'UNKNOWN', answer: 'COMMIT' });
      return [...messages.slice(0, third), ...messages.slice(2 * third)];
    },
  },
};

export const modes: Record<string, Mode> = {
  concurrently: { start: async (java, topic, group) => java.consume({ group, topics: [topic] }) },
  orderly: {
    start: async (java, topic, group) => java.consume({ group, topics: [topic], mode: 'orderly' }),
    inOrder: true,
  },
  broadcasting: {
    start: async (java, topic, group) => java.consume({ group, topics: [topic], model: 'BROADCASTING' }),
  },
  'by tag': {
    start: async (java, topic, group) => java.consume({ group, topics: [topic], expression: 'TagA || 標籤' }),
    selects: ({ tag }) => tag === 'TagA' || tag === '標籤',
  },
  'by SQL92': {
    start: async (java, topic, group) =>
      java.consume({
        group,
        topics: [topic],
        type: 'SQL92',
        expression: "TAGS IS NOT NULL AND index BETWEEN 2 AND 15 AND word <> 'plain.'",
      }),
    selects: ({ properties: { index, word } }) => Number(index) >= 2 && Number(index) <= 15 && word !== 'plain.',
  },
  pull: { start: async (java, topic, group) => java.pull({ group, topic }), inOrder: true },
  'lite pull, subscribed': {
    start: async (java, topic, group) => java.litePull({ group, topic, style: 'subscribe' }),
  },
  'lite pull, assigned': { start: async (java, topic, group) => java.litePull({ group, topic, style: 'assign' }) },
  pop: {
    start: async (java, topic, group) => {
      await java.usePop(topic, group);
      return java.consume({ group, topics: [topic], pop: true });
    },
  },
};

/** Every kind in every mode, each a test and a row of the table. `clients` may be of another release. */
export function testMatrix(
  on: OnTarget,
  clients: () => ProbeClients,
  given: { kinds: Record<string, Kind>; modes: Record<string, Mode> },
): void {
  describe.each(Object.entries(given.kinds))('%s', (kindName, kind) => {
    const topic = `kind_${kindName.replaceAll(' ', '_')}`;
    let expected: readonly Sent[];

    beforeAll(async () => {
      await on.java.createTopic(topic);
      expected = await kind.send(clients(), topic);
    });

    for (const [modeName, mode] of Object.entries(given.modes)) {
      on.test([kindName, modeName], async () => {
        const group = `group_${modeName.replaceAll(/\W+/g, '_')}_${topic}`;
        const selected = expected.filter((message) => mode.selects?.(message) ?? true);
        const consumer = await mode.start(clients(), topic, group);
        const got = await consumer.atLeast(selected.length);
        await consumer.stop();
        expect(sortedContents(got)).toEqual(sortedContents(selected));
        if (mode.inOrder) expect(got).toEqual(byQueueOffset(got));
        expectLanes(got, kind.lane);
        for (const { storeTimestamp, bornTimestamp } of got) {
          expect(storeTimestamp - bornTimestamp).toBeGreaterThanOrEqual(kind.delayMs ?? 0);
        }
      });
    }

    on.test([kindName, 'nothing else is stored'], async () => {
      expect(await on.java.stored(topic)).toBe(expected.length);
    });
  });
}

/** The same messages, those of each queue by their offsets; between queues nothing is promised. */
function byQueueOffset(got: readonly Delivered[]): Delivered[] {
  const queues = groupBy(got, ({ queueId }) => queueId);
  for (const queue of queues.values()) queue.sort((a, b) => a.queueOffset - b.queueOffset);
  return got.map(({ queueId }) => queues.get(queueId)!.shift()!);
}

function expectLanes(got: readonly Delivered[], laneOf: Kind['lane']): void {
  if (!laneOf) return;
  for (const lane of groupBy(got, laneOf).values()) {
    expect(new Set(lane.map(({ queueId }) => queueId)).size).toBe(1);
    const stored = lane.toSorted((a, b) => a.queueOffset - b.queueOffset).map(firstKey);
    expect(stored).toEqual(lane.map(firstKey).toSorted());
  }
}

function sendBy(mode: 'sync' | 'async' | 'oneway' | 'batch'): Kind['send'] {
  return async (java, topic) => {
    const messages = sampleMessages(topic, COUNT);
    await java.send(messages, mode);
    return messages;
  };
}
