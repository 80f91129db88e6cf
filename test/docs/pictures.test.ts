import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { docBlocks, pages } from '../support/doc-blocks.js';

/** @returns the error of each picture that mermaid cannot read, else null */
function errorsOf(pictures: readonly string[]): (string | null)[] {
  const { stdout, stderr, status } = spawnSync(process.execPath, [join(__dirname, 'mermaid-errors.mjs')], {
    input: JSON.stringify(pictures),
    encoding: 'utf8',
  });
  if (status !== 0) throw new Error(stderr);
  return JSON.parse(stdout) as (string | null)[];
}

test('mermaid can draw every picture of the pages', () => {
  const blocks = pages()
    .flatMap(docBlocks)
    .filter(({ language }) => language === 'mermaid');
  expect(blocks.length).toBeGreaterThan(0);
  const errors = errorsOf(blocks.map(({ code }) => code));
  expect(blocks.flatMap(({ page, line }, at) => (errors[at] === null ? [] : `${page}:${line} ${errors[at]}`))).toEqual(
    [],
  );
});

test('a picture that mermaid cannot draw is found', () => {
  const errors = errorsOf(['flowchart LR\n  a --> b', 'flowchart LR\n  a -->']);
  expect(errors).toEqual([null, expect.stringContaining('Parse error on line')]);
});
