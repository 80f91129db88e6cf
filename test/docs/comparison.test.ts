import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const root = join(__dirname, '../..');
const [comparison, shown] = readFileSync(join(root, 'docs/comparison.md'), 'utf8').split('## Where each');

/** Rows of a table without its head, as cells. */
function rowsOf(text: string): string[][] {
  const lines = text.split('\n').filter((line) => line.startsWith('|'));
  const cells = (line: string): string[] =>
    line
      .split('|')
      .slice(1, -1)
      .map((cell) => cell.trim());
  return lines.slice(2).map(cells);
}

test('every "yes" of ours names its test', () => {
  const ours = rowsOf(comparison)
    .filter(([, mine]) => mine === 'yes')
    .map(([what]) => what);
  expect(rowsOf(shown).map(([what]) => what)).toEqual(ours);
});

test.each(rowsOf(shown))('%s: %s', (_what, named) => {
  const [, file, title] = /^`(.+?)`: (.+)$/.exec(named) ?? [];
  expect(existsSync(join(root, file))).toBe(true);
  expect(readFileSync(join(root, file), 'utf8')).toContain(title);
});
