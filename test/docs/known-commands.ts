import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Command } from 'commander';
import { createProgram } from '../../lib/cli/program.js';
import { TestTerminal } from '../support/test-terminal.js';
import { VirtualClock } from '../../lib/testing/virtual-clock.js';

interface Package {
  readonly name: string;
  readonly scripts: Readonly<Record<string, string>>;
  readonly peerDependencies: Readonly<Record<string, string>>;
  readonly devDependencies: Readonly<Record<string, string>>;
}

const ours = JSON.parse(readFileSync(join(__dirname, '../../package.json'), 'utf8')) as Package;
const installable = [ours.name, ...Object.keys({ ...ours.peerDependencies, ...ours.devDependencies })];

/** Why a block's commands could not even begin: unknown ones, options or arguments that they don't take. None is run. */
export async function problemsOfCommands(code: string): Promise<string[]> {
  const commands = code
    .split(/\n|&&/)
    .map((line) => line.replace(/#.*$/, '').trim())
    .filter((line) => line !== '');
  const problems = await Promise.all(commands.map(problemOf));
  return problems.flatMap((problem, index) => (problem === undefined ? [] : [`${commands[index]}: ${problem}`]));
}

async function problemOf(command: string): Promise<string | undefined> {
  const [program, verb, ...rest] = command.split(/\s+/);
  if (program === 'npx' && verb === 'rocketmq') return rocketmqProblem(rest);
  if (command === 'npm ci') return undefined;
  if (program === 'npm' && verb === 'install') {
    const strange = rest.filter((word) => word !== '--save-dev' && !installable.includes(word));
    return strange.length === 0 ? undefined : `${strange.join(', ')}: not among our own tests' packages`;
  }
  const script = verb === 'run' ? rest.at(0) : verb;
  if (program === 'npm' && script !== undefined && script in ours.scripts) return undefined;
  return 'nobody here knows this command';
}

async function rocketmqProblem(words: readonly string[]): Promise<string | undefined> {
  let hasBegun = false;
  const idle = (command: Command): void => {
    if (command.commands.length === 0) command.action(() => void (hasBegun = true));
    command.commands.forEach(idle);
  };
  const program = createProgram({
    terminal: new TestTerminal(),
    clock: new VirtualClock(),
    variables: {},
    connect: () => Promise.reject(new Error('nothing is run')),
    interruption: () => new AbortController().signal,
  });
  idle(program);
  try {
    await program.parseAsync(words, { from: 'user' });
    return hasBegun ? undefined : 'it does nothing';
  } catch (error) {
    return (error as Error).message;
  }
}
