import { ClientProbe } from './support/client-probe.js';
import { startJavaClient } from './support/java-client.js';
import { kinds, modes, testMatrix } from './support/matrix.js';
import { describeOnTargets } from './support/on-targets.js';

describeOnTargets('Apache’s Java client 4.9.7: message kind × consumption mode', (on) => {
  let probe: ClientProbe;

  beforeAll(async () => {
    probe = await startJavaClient('4.9');
  });

  afterAll(async () => probe.stop());

  const { sync, batch, 'ordered by key': ordered, '1 MiB': large, 'delay level': delayLevel, transaction } = kinds;
  const { concurrently, orderly, 'by SQL92': bySql, 'lite pull, subscribed': litePull } = modes;
  testMatrix(on, () => probe.at(on.cluster.nameServerAddresses), {
    kinds: { sync, batch, 'ordered by key': ordered, '1 MiB': large, 'delay level': delayLevel, transaction },
    modes: { concurrently, orderly, 'by SQL92': bySql, 'lite pull, subscribed': litePull },
  });
});
