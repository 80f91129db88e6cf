import { JavaProbe } from './support/java-probe.js';
import { kinds, modes, testMatrix } from './support/matrix.js';
import { describeOnTargets } from './support/on-targets.js';

describeOnTargets('Apache’s Java client 4.9.7: message kind × consumption mode', (on) => {
  let probe: JavaProbe;

  beforeAll(async () => {
    probe = await JavaProbe.start('4.9');
  });

  afterAll(async () => probe.stop());

  const { concurrently, orderly, 'by tag': byTag, 'by SQL92': bySql, 'lite pull, subscribed': litePull } = modes;
  testMatrix(on, () => probe.at(on.cluster.nameServerAddresses), {
    kinds,
    modes: { concurrently, orderly, 'by tag': byTag, 'by SQL92': bySql, 'lite pull, subscribed': litePull },
  });
});
