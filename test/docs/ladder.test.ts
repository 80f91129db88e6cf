import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { docBlocks, pages, type DocBlock } from '../support/doc-blocks.js';

/* What a user meets first is shown by something that runs, not only by something that compiles. */

const index = readFileSync(join(__dirname, '../../docs/README.md'), 'utf8');
const [, firstSteps = '', features = ''] = index.split('\n## ');
const linked = [...(firstSteps + features).matchAll(/\]\(([\w-]+\.md)\)/g)].map(([, file]) => `docs/${file}`);
const withExamples = linked
  .filter((page) => pages().includes(page)) // links.test.ts says which lead nowhere
  .filter((page) => docBlocks(page).some(({ language }) => language === 'ts'));

test('the index has first steps and features', () => {
  expect(firstSteps).toMatch(/^First steps\n/);
  expect(features).toMatch(/^One page for each feature\n/);
  expect(withExamples.length).toBeGreaterThan(20);
});

test.each(withExamples)('%s shows an example that is run', (page) => {
  expect(docBlocks(page).filter(isRun)).not.toEqual([]);
});

function isRun({ test = '' }: DocBlock): boolean {
  return test.startsWith('run') || test.endsWith('.test.ts');
}
