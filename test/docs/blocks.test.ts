import { existsSync, readFileSync } from 'node:fs';
import { docBlocks, pages, type DocBlock } from '../support/doc-blocks.js';
import { problemsOfCommands } from './known-commands.js';
import { Reader } from './reader.js';
import { typeErrors } from './type-errors.js';

/*
 * Each block of the pages that a reader could copy is tested in the way that the comment above it names.
 * docs/contributing.md lists the ways.
 */
const copied = ['bash', 'sh', 'ts', 'typescript', 'js', 'json'];
const book = pages().map((page) => ({ page, blocks: docBlocks(page) }));
const isProgram = ({ language, test }: DocBlock): boolean => language === 'ts' && test === 'run';
const isCompiled = (block: DocBlock): boolean => block.test === 'types' || isProgram(block);

let errors: Map<DocBlock, string[]>;
beforeAll(() => {
  errors = typeErrors(book.flatMap(({ blocks }) => blocks.filter(isCompiled)));
});

test('the pages are found', () => {
  expect(pages()).toContain('docs/contributing.md');
});

test('no two files of a page have one name', () => {
  const names = book.flatMap(({ page, blocks }) =>
    blocks.filter(isCompiled).map((block) => `${page}: ${nameOf(block)}`),
  );
  expect(names.filter((name, at) => names.indexOf(name) < at)).toEqual([]);
});

for (const { page, blocks } of book) {
  const tested = blocks.filter((block) => block.test !== undefined || copied.includes(block.language));
  if (tested.length === 0) continue;

  describe(page, () => {
    let reader: Reader;
    let printed = '';
    beforeAll(() => {
      reader = new Reader();
      // Programs import the page's other files by their names.
      if (blocks.some(isProgram))
        for (const block of blocks.filter(isCompiled)) reader.write(nameOf(block), block.code);
    });
    afterAll(() => {
      reader[Symbol.dispose]();
    });

    for (const block of tested) {
      const { test: way, code, line, language } = block;
      const name = `line ${line}: ${language}`;
      if (way?.startsWith('skip: ')) {
        test.skip(`${name} [${way.slice('skip: '.length)}]`, () => undefined);
        continue;
      }
      test(name, async () => {
        if (isProgram(block)) {
          expect(errors.get(block) ?? []).toEqual([]);
          const next = tested[tested.indexOf(block) + 1];
          const output = next?.test === 'output' ? likeness(next.code) : undefined;
          printed = await reader.runProgram(nameOf(block), output);
        } else if (way === 'run') {
          printed = await reader.run(code, 'project');
        } else if (way === 'run in repository') {
          printed = await reader.run(code, 'repository');
        } else if (way === 'output') {
          expect(printed).toMatch(likeness(code));
        } else if (way === 'types') {
          expect(errors.get(block) ?? []).toEqual([]);
        } else if (way?.startsWith('known: ')) {
          expect(await problemsOfCommands(code)).toEqual([]);
        } else if (way === 'json') {
          expect(() => JSON.parse(code) as unknown).not.toThrow();
        } else if (way?.startsWith('as in ')) {
          // A translation: what is tested there is what is read here.
          const originals = docBlocks(way.slice('as in '.length)).map((original) => original.code);
          expect(originals).toContain(code);
        } else if (way?.endsWith('.test.ts')) {
          // That test takes the block from the page, so that what is tested is what is read.
          const source = existsSync(way) ? readFileSync(way, 'utf8') : `There is no ${way}.`;
          expect(source).toContain(`docBlocks('${page}')`);
        } else {
          throw new Error(`${page}:${line} needs a comment above it, <!-- test: WAY -->, with a way that there is`);
        }
      });
    }
  });
}

/** The file that a block of TypeScript is: named by its first line, `// order.service.ts`. */
function nameOf({ code, line }: DocBlock): string {
  return /^\/\/ (\S+\.ts)\n/.exec(code)?.[1] ?? `line-${line}.ts`;
}

/** What a page shows of an output; `…` stands for what differs from run to run. */
function likeness(shown: string): RegExp {
  const literal = (text: string) => text.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&');
  return new RegExp(shown.trimEnd().split('…').map(literal).join('[^]*?'));
}
