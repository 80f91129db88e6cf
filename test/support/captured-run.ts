import type { CliEnvironment } from '../../lib/cli/admin-command.js';
import { runCommandLine } from '../../lib/cli/program.js';

export interface CapturedRun {
  exitCode: number;
  out: string;
  err: string;
}

/** Runs a command line in this process and keeps what it prints; what runs until it is interrupted runs once. */
export async function capturedRun(
  words: readonly string[],
  { clock, connect, nameServers }: Pick<CliEnvironment, 'clock' | 'connect'> & { nameServers: string },
): Promise<CapturedRun> {
  const printed = { out: '', err: '' };
  const exitCode = await runCommandLine(words, {
    terminal: {
      out: (text) => void (printed.out += text),
      err: (text) => void (printed.err += text),
      isPerson: false,
      showsProgress: false,
      columns: 80,
    },
    clock,
    variables: { NAMESRV_ADDR: nameServers },
    connect,
    interruption: () => AbortSignal.abort(),
  });
  return { exitCode, ...printed };
}
