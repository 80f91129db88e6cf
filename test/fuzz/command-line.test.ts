import { runCommandLine, createProgram } from '../../lib/cli/program.js';
import { commandTree, type CommandNode } from '../../lib/cli/completion/command-tree.js';
import type { CliEnvironment } from '../../lib/cli/cli-environment.js';
import { ConnectError } from '../../lib/engine/common/errors.js';
import type { Random } from '../../lib/engine/ports/random.js';
import { seededRandom } from '../../lib/testing/seeded-random.js';
import { VirtualClock } from '../../lib/testing/virtual-clock.js';
import { cycles, seed } from '../support/run-options.js';
import { mutate, pick } from './mutations.js';

const ROUNDS = cycles(600);
const FEW = 200;

/** They open ports, files or databases, whatever else they are told. */
const doThings: ReadonlySet<string> = new Set(['start', 'broker', 'namesrv', 'store', 'tx', 'outbox', 'doctor']);

const values = ['T', '0', '-1', '1', '4', 'true', 'false', '127.0.0.1:9876', 'a=b', '+a=b', 'User:eve', 'Topic:*', '6'];
const wrong = [
  '',
  ' ',
  '--',
  '-',
  '1e400',
  'NaN',
  '2147483648',
  '{',
  '[]',
  '%s',
  '$(id)',
  '`id`',
  '__proto__',
  '\0',
  '\n',
];

interface Printed {
  out: string;
  err: string;
}

function surroundings(printed: Printed): CliEnvironment {
  return {
    terminal: {
      out: (text) => void (printed.out += text),
      err: (text) => void (printed.err += text),
      isPerson: false,
      showsProgress: false,
      columns: 80,
    },
    clock: new VirtualClock(),
    variables: { NAMESRV_ADDR: '127.0.0.1:9876' },
    connect: ([address]) => Promise.reject(new ConnectError(address, 'nobody is there')),
    interruption: () => AbortSignal.abort(),
  };
}

const commands = commandTree(createProgram(surroundings({ out: '', err: '' }))).filter(
  ({ path }) => !doThings.has(path.split(' ')[1]),
);

/** A command with options of its own, some of others, and values of which some are wrong. */
function wordsOf({ path, options }: CommandNode, random: Random): string[] {
  const words = path.split(' ').slice(1);
  for (let times = random.nextInt(7); times > 0; times--) {
    const from = random.nextInt(8) === 0 ? pick(commands, random).options : options;
    const { names, takesValue, choices } = pick(from, random);
    words.push(pick(names, random));
    if (takesValue === random.nextInt(10) > 0) words.push(valueOf(choices, random));
  }
  return words.filter((word) => word !== undefined);
}

function valueOf(choices: readonly string[], random: Random): string {
  const right = pick(choices.length > 0 ? choices : values, random);
  switch (random.nextInt(6)) {
    case 0:
      return pick(wrong, random);
    case 1:
      return mutate(Buffer.from(right), random).toString();
    default:
      return right;
  }
}

type Run = typeof runCommandLine;

/** @returns what was wrong with how the first line that was not borne ended */
async function fuzzLines(run: Run, random: Random, rounds: number): Promise<string | undefined> {
  for (let round = 0; round < rounds; round++) {
    const words = wordsOf(pick(commands, random), random);
    const failure = await failureOf(run, words);
    if (failure !== undefined) return `${failure}: ${JSON.stringify(words)}`;
  }
  return undefined;
}

async function failureOf(run: Run, words: readonly string[]): Promise<string | undefined> {
  const printed: Printed = { out: '', err: '' };
  try {
    const exitCode = await run(words, surroundings(printed));
    if (![0, 1, 2].includes(exitCode)) return `exit code ${exitCode}`;
    if (exitCode !== 0 && printed.err.trim() === '') return `exit code ${exitCode} without a word`;
  } catch (error) {
    return `threw ${String(error)}`;
  }
  return /\(unexpected|\n +at /.test(printed.err) ? `not foreseen: ${printed.err}` : undefined;
}

test('command lines of any words end with a sentence and an exit code', async () => {
  expect(await fuzzLines(runCommandLine, seededRandom(seed), ROUNDS)).toBeUndefined();
}, 600_000);

/** Mistakes that a command could make with its words. */
const planted: readonly (readonly [fault: string, run: Run])[] = [
  [
    'an option’s value is taken for JSON',
    (words, environment) => {
      JSON.parse(words.find((word) => word.startsWith('{')) ?? 'null');
      return runCommandLine(words, environment);
    },
  ],
  [
    'a value is taken for granted',
    async (words, environment) => {
      const at = words.indexOf('-n');
      if (at >= 0 && words[at + 1].trim() === '') throw new TypeError('blank');
      return runCommandLine(words, environment);
    },
  ],
  [
    'a refusal says nothing',
    (words, environment) =>
      runCommandLine(words, { ...environment, terminal: { ...environment.terminal, err: () => undefined } }),
  ],
];

test.each(planted)('found: %s', async (_fault, run) => {
  expect(await fuzzLines(run, seededRandom(seed), FEW * 5)).toBeDefined();
});
