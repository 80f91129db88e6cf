import type { ClientProbe, ConsumeOptions } from './support/client-probe.js';
import type { Sent } from './support/delivered.js';
import { type Kind, kinds, type Mode, testMatrix } from './support/matrix.js';
import { describeOnTargets } from './support/on-targets.js';
import { python, startPythonClient } from './support/python-client.js';
import { sampleMessages } from './support/sample-messages.js';

const COUNT = 24;

/** Its bodies are texts, and it knows nothing of flags. */
function textMessages(topic: string): Sent[] {
  return sampleMessages(topic, COUNT).map((message, i) => ({ ...message, body: Buffer.from(`text ${i} ✓`), flag: 0 }));
}

const sync: Kind = {
  send: async (clients, topic) => {
    const messages = textMessages(topic);
    await clients.send(messages);
    return messages;
  },
};

const lane = kinds['ordered by key'].lane!;
const ordered: Kind = {
  lane,
  send: async (clients, topic) => {
    const messages = textMessages(topic);
    await clients.send(
      messages.map((message) => ({ ...message, shardingKey: lane(message) })),
      'orderly',
    );
    return messages;
  },
};

const delayLevel: Kind = {
  delayMs: 2_000,
  send: async (clients, topic) => {
    const messages = textMessages(topic);
    await clients.send(messages.map((message) => ({ ...message, delayLevel: 2 })));
    return messages;
  },
};

describeOnTargets(
  'Apache’s C++ client by its Python binding 0.4.4: message kind × consumption mode',
  (on) => {
    const probes: ClientProbe[] = [];
    let sender: ClientProbe;

    /** A process for each consumer: several in one disturb each other, on Apache's broker too. */
    const start = async (): Promise<ClientProbe> => {
      const probe = await startPythonClient();
      probes.push(probe);
      return probe;
    };
    const consuming = (options: Partial<ConsumeOptions>): Mode['start'] => {
      return async ({ nameServer }, topic, group) =>
        (await start()).at(nameServer).consume({ group, topics: [topic], ...options });
    };

    beforeAll(async () => {
      sender = await start();
    });

    afterAll(async () => {
      for (const probe of probes) await probe.stop();
    });

    testMatrix(on, () => sender.at(on.cluster.nameServerAddresses), {
      kinds: { sync, 'ordered by key': ordered, 'delay level': delayLevel },
      modes: {
        concurrently: { start: consuming({}) },
        orderly: { start: consuming({ mode: 'orderly' }), inOrder: true },
        'by tag': {
          start: consuming({ expression: 'TagA || TagB' }),
          selects: ({ tag }) => tag === 'TagA' || tag === 'TagB',
        },
      },
    });
  },
  python,
);
