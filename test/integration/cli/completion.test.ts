import { execFile, spawnSync } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { describeWhen, type Requirement } from '../../support/requirements.js';
import { runHere } from '../../support/test-terminal.js';

const run = promisify(execFile);

function shell(name: string): Requirement {
  const met = spawnSync(name, ['-c', 'true']).status === 0;
  return { met, reason: met ? '' : `needs ${name} on the PATH` };
}

let directory: string;

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'rocketmq-completion-'));
});

afterAll(() => rm(directory, { recursive: true, force: true }));

async function scriptFor(name: string): Promise<string> {
  const { code, output } = await runHere(['completion', name]);
  expect(code).toBe(0);
  const path = join(directory, `completion.${name}`);
  await writeFile(path, output);
  return path;
}

describeWhen(shell('bash'), 'bash', () => {
  async function complete(...words: string[]): Promise<string[]> {
    const script = await scriptFor('bash');
    const quoted = words.map((word) => `'${word}'`).join(' ');
    const line = `source ${script}; COMP_WORDS=(rocketmq ${quoted}); COMP_CWORD=${words.length}; _rocketmq; printf '%s\\n' "\${COMPREPLY[@]}"`;
    const { stdout } = await run('bash', ['-c', line]);
    return stdout.split('\n').filter((word) => word !== '');
  }

  test('completes commands, their commands, options and choices', async () => {
    expect(await complete('comp')).toEqual(['completion']);
    expect(await complete('dlq', '')).toEqual(expect.arrayContaining(['list', 'show', 'resend', 'purge']));
    expect(await complete('dlq', 'resend', 'group', '--dr')).toEqual(['--dry-run']);
    expect(await complete('start', '--log-level', 'w')).toEqual(['warn']);
    expect(await complete('broker', '-c', '')).toEqual([]); // files are bash's own
  });
});

describeWhen(shell('zsh'), 'zsh', () => {
  test('reads the script', async () => {
    const script = await scriptFor('zsh');
    const { stdout } = await run('zsh', [
      '-fc',
      `autoload -U compinit; compinit -D; source ${script}; print $_comps[rocketmq]`,
    ]);
    expect(stdout).toBe('_rocketmq\n');
  });
});

describeWhen(shell('fish'), 'fish', () => {
  async function complete(line: string): Promise<string[]> {
    const script = await scriptFor('fish');
    const { stdout } = await run('fish', ['--no-config', '-c', `source ${script}; complete -C '${line}'`]);
    return stdout
      .split('\n')
      .filter((found) => found !== '')
      .map((found) => found.split('\t')[0]);
  }

  test('completes commands, their commands, options and choices', async () => {
    expect(await complete('rocketmq comp')).toEqual(['completion']);
    expect(await complete('rocketmq dlq ')).toEqual(['list', 'purge', 'resend', 'show']);
    expect(await complete('rocketmq dlq resend group --dr')).toEqual(['--dry-run']);
    expect(await complete('rocketmq start --log-level w')).toEqual(['warn']);
  });
});

test('a shell nobody knows is refused with those that are', async () => {
  const { code, errors } = await runHere(['completion', 'tcsh']);
  expect(code).toBe(2);
  expect(errors).toContain('Allowed choices are bash, zsh, fish.');
});
