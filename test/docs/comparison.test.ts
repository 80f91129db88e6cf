import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expectTest, root, rowsOf } from './named-tests.js';

const [comparison, shown] = readFileSync(join(root, 'docs/comparison.md'), 'utf8').split('## Where each');

test('every "yes" of ours names its test', () => {
  const ours = rowsOf(comparison)
    .filter(([, mine]) => mine === 'yes')
    .map(([what]) => what);
  expect(rowsOf(shown).map(([what]) => what)).toEqual(ours);
});

test.each(rowsOf(shown))('%s: %s', (_what, named) => expectTest(named));
