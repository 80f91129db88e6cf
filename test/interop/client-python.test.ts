import type { ClientProbe } from './support/client-probe.js';
import type { Sent } from './support/delivered.js';
import { type Kind, kinds, type Mode, modes, testMatrix } from './support/matrix.js';
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

const byTag: Mode = {
  start: async (clients, topic, group) => clients.consume({ group, topics: [topic], expression: 'TagA || TagB' }),
  selects: ({ tag }) => tag === 'TagA' || tag === 'TagB',
};

describeOnTargets(
  'Apache’s C++ client by its Python binding 0.4.4: message kind × consumption mode',
  (on) => {
    let probe: ClientProbe;

    beforeAll(async () => {
      probe = await startPythonClient();
    });

    afterAll(async () => probe.stop());

    testMatrix(on, () => probe.at(on.cluster.nameServerAddresses), {
      kinds: { sync, 'ordered by key': ordered, 'delay level': delayLevel },
      modes: { concurrently: modes.concurrently, orderly: modes.orderly, 'by tag': byTag },
    });
  },
  python,
);
