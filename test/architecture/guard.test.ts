import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/*
 * Guards the guard. violations/ is a tree like the project's own in which some files import what they must not;
 * the first line of such a file names the rules that it breaks. The guard has to find just these.
 */
const tree = join(__dirname, 'violations');
const rules = jest.requireActual<{ forbidden: { name: string }[] }>('../../.dependency-cruiser.cjs').forbidden;

const expected = readdirSync(tree, { recursive: true, encoding: 'utf8' })
  .filter((file) => file.endsWith('.ts'))
  .flatMap((file) => {
    const [, names] = /^\/\/ breaks: (.*)/.exec(readFileSync(join(tree, file), 'utf8')) ?? [];
    return (names?.split(', ') ?? []).map((name) => `${name}: ${file}`);
  });

test('each rule has a violation to find', () => {
  for (const { name } of rules) expect(expected).toContainEqual(expect.stringContaining(`${name}: `));
});

test('the guard reports each violation and nothing else', () => {
  const { stdout, status } = guard(tree);
  const reported = stdout.match(/^[\w-]+: \S+(?= -> )/gm) ?? [];
  expect([...new Set(reported)].sort()).toEqual(expected.sort());
  expect(status).toBe(1);
});

test('the guard does not pass where it read no file', () => {
  const empty = mkdtempSync(join(tmpdir(), 'guard-'));
  try {
    mkdirSync(join(empty, 'lib'));
    writeFileSync(join(empty, 'tsconfig.json'), '{}');
    writeFileSync(join(empty, 'elsewhere.ts'), '');
    const { stderr, status } = guard(empty);
    expect(stderr).toContain('No file was read.');
    expect(status).toBe(1);
  } finally {
    rmSync(empty, { recursive: true });
  }
});

function guard(root: string): { stdout: string; stderr: string; status: number | null } {
  return spawnSync(process.execPath, ['scripts/guard.mjs', root], { encoding: 'utf8' });
}
