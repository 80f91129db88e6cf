import type { CliEnvironment } from '../../lib/cli/cli-environment.js';
import { runCommandLine } from '../../lib/cli/program.js';
import type { Terminal } from '../../lib/cli/output/terminal.js';
import { connectEngine, NodeClock } from '../../lib/engine/index.js';

/** Keeps what a command prints. */
export class TestTerminal implements Terminal {
  output = '';
  errors = '';
  readonly isPerson: boolean;
  readonly showsProgress: boolean;
  readonly columns = 80;

  constructor({ isPerson = false } = {}) {
    this.isPerson = isPerson;
    this.showsProgress = isPerson;
  }

  out(text: string): void {
    this.output += text;
  }

  err(text: string): void {
    this.errors += text;
  }
}

export interface CommandRun {
  readonly code: number;
  readonly output: string;
  readonly errors: string;
}

/** Runs a command line inside this process. */
export async function runHere(words: readonly string[], given: Partial<CliEnvironment> = {}): Promise<CommandRun> {
  const terminal = new TestTerminal();
  const environment: CliEnvironment = {
    terminal,
    clock: new NodeClock(),
    variables: {},
    connect: (nameServers, how) => connectEngine({ ...how, nameServers }),
    interruption: () => new AbortController().signal,
    ...given,
  };
  const code = await runCommandLine(words, environment);
  return { code, output: terminal.output, errors: terminal.errors };
}
