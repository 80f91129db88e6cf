import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/* The generated API reference: every door of the package, everything that it exports, each with its docstring. */

interface Reflection {
  name: string;
  variant: string;
  comment?: { summary: unknown[] };
  children?: Reflection[];
  signatures?: Reflection[];
}

const root = join(__dirname, '../..');
const { exports: doors } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as {
  exports: Record<string, string | { import: string }>;
};
const entries = Object.entries(doors).flatMap(([door, target]) =>
  typeof target === 'string'
    ? []
    : [{ door, source: target.import.replace('./dist/esm/', '').replace(/\.js$/, '.ts') }],
);

let reference: Reflection;
beforeAll(() => {
  const directory = mkdtempSync(join(tmpdir(), 'nestjs-rocketmq-api-'));
  try {
    const file = join(directory, 'api.json');
    const { status, stdout, stderr } = spawnSync(process.execPath, ['scripts/docs-api.mjs', '--json', file], {
      cwd: root,
      encoding: 'utf8',
    });
    if (status !== 0) throw new Error(`npm run docs:api fails:\n${stdout}${stderr}`);
    reference = JSON.parse(readFileSync(file, 'utf8')) as Reflection;
  } finally {
    rmSync(directory, { recursive: true });
  }
});

test.each(entries)('$door is there, with all that a program can import from it', ({ source }) => {
  // eslint-disable-next-line @typescript-eslint/no-require-imports -- the doors are those of package.json
  const exported = Object.keys(require(join(root, 'lib', source)) as object).filter((name) => name !== '__esModule');
  expect(namesOf(moduleOf(source))).toEqual(expect.arrayContaining(exported));
});

test.each(entries)('each export of $door has a docstring', ({ source }) => {
  const silent = (moduleOf(source).children ?? []).filter((one) => one.variant !== 'reference' && !isDescribed(one));
  expect(silent.map(({ name }) => name)).toEqual([]);
});

/** typedoc names the module of lib/engine/index.ts `engine`, and that of lib/index.ts `index`. */
function moduleOf(source: string): Reflection {
  const name = source.replace(/\.ts$/, '').replace(/\/index$/, '');
  const found = reference.children?.find((module) => module.name === name);
  if (found === undefined) throw new Error(`the API reference has no module ${name}`);
  return found;
}

function namesOf({ children = [] }: Reflection): string[] {
  return children.map(({ name }) => name);
}

function isDescribed({ comment, signatures = [] }: Reflection): boolean {
  return (comment?.summary.length ?? 0) > 0 || signatures.some(isDescribed);
}
