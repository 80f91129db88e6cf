import { versionName } from '../../../../lib/cli/output/version-name.js';

test.each([
  [212, 'V4_0_0_SNAPSHOT'],
  [407, 'V4_9_7'],
  [413, 'V5_0_0'],
  [478, 'V5_3_3_SNAPSHOT'],
  [479, 'V5_3_3'],
  [211, 'version 211'],
])('%i is %s', (ordinal, name) => expect(versionName(ordinal)).toBe(name));
