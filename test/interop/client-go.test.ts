import type { ClientProbe } from './support/client-probe.js';
import { go, startGoClient } from './support/go-client.js';
import { type Kind, kinds, type Mode, modes, testMatrix } from './support/matrix.js';
import { describeOnTargets } from './support/on-targets.js';

const { sync, batch, 'delay level': delayLevel, transaction, 'ordered by key': orderedByKey } = kinds;
const { concurrently, orderly, 'by SQL92': bySql } = modes;

/** Go's client also sends the key as a property, by a name of its own. */
const ordered: Kind = {
  ...orderedByKey,
  send: async (goClients, topic) => {
    const messages = await orderedByKey.send(goClients, topic);
    return messages.map((message) => ({
      ...message,
      properties: { ...message.properties, SHARDING_KEY: orderedByKey.lane!(message) },
    }));
  },
};

/** Go's client hashes the UTF-8 of a tag where Java takes UTF-16: beyond ASCII its filters find nothing anywhere. */
const byTag: Mode = {
  start: async (goClients, topic, group) => goClients.consume({ group, topics: [topic], expression: 'TagA || TagB' }),
  selects: ({ tag }) => tag === 'TagA' || tag === 'TagB',
};

describeOnTargets(
  'Apache’s Go client 2.1.2: message kind × consumption mode',
  (on) => {
    let probe: ClientProbe;

    beforeAll(async () => {
      probe = await startGoClient();
    });

    afterAll(async () => probe.stop());

    testMatrix(on, () => probe.at(on.cluster.nameServerAddresses), {
      kinds: { sync, batch, 'ordered by key': ordered, 'delay level': delayLevel, transaction },
      modes: { concurrently, orderly, 'by tag': byTag, 'by SQL92': bySql },
    });
  },
  go,
);
