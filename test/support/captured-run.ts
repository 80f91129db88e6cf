import type { CliEnvironment } from '../../lib/cli/cli-environment.js';
import { runCommandLine } from '../../lib/cli/program.js';

export interface CapturedRun {
  exitCode: number;
  out: string;
  err: string;
}

/**
 * Runs a command line in this process and keeps what it prints. What goes on until it is interrupted
 * is interrupted before its first look, or with `interruptedAt: 'output'` when it has printed something.
 */
export async function capturedRun(
  words: readonly string[],
  { clock, connect, nameServers }: Pick<CliEnvironment, 'clock' | 'connect'> & { nameServers: string },
  { interruptedAt }: { interruptedAt?: 'start' | 'output' } = {},
): Promise<CapturedRun> {
  const printed = { out: '', err: '' };
  const interruption = new AbortController();
  if (interruptedAt !== 'output') interruption.abort();
  const exitCode = await runCommandLine(words, {
    terminal: {
      out: (text) => {
        printed.out += text;
        interruption.abort();
      },
      err: (text) => void (printed.err += text),
      isPerson: false,
      showsProgress: false,
      columns: 80,
    },
    clock,
    variables: { NAMESRV_ADDR: nameServers },
    connect,
    interruption: () => interruption.signal,
  });
  return { exitCode, ...printed };
}
