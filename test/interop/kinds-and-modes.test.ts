import { kinds, modes, testMatrix } from './support/matrix.js';
import { describeOnTargets } from './support/on-targets.js';

describeOnTargets('Apache’s Java client 5.3.3: message kind × consumption mode', (on) => {
  testMatrix(on, () => on.java, { kinds, modes });
});
