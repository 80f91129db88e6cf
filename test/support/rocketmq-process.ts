import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join, resolve } from 'node:path';

const repository = resolve(__dirname, '../..');

export interface Ended {
  code: number | null;
  /** Both streams, as they came. */
  output: string;
}

/** Our command line, run from its sources as a process of its own. */
export interface RocketmqProcess {
  readonly id: number;
  /** Resolves with the first match in what the process has printed. */
  printed(pattern: RegExp): Promise<RegExpExecArray>;
  signal(name: NodeJS.Signals): void;
  readonly ended: Promise<Ended>;
}

export function rocketmq(words: readonly string[], env: Readonly<Record<string, string>> = {}): RocketmqProcess {
  const entry = join(repository, 'lib/cli/main.ts');
  const child = spawn(process.execPath, ['--import', join(repository, 'scripts/ts.mjs'), entry, ...words], {
    cwd: repository,
    env: { ...process.env, NAMESRV_ADDR: '', ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  const watchers = new Set<() => void>();
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => {
      output += text;
      for (const look of watchers) look();
    });
  }
  const ended = once(child, 'close').then(([code]) => ({ code: code as number | null, output }));
  return {
    id: child.pid!,
    printed: (pattern) =>
      new Promise((found, missing) => {
        const look = (): void => {
          const match = pattern.exec(output);
          if (!match) return;
          watchers.delete(look);
          found(match);
        };
        watchers.add(look);
        look();
        void ended.then(() => missing(new Error(`ended without printing ${String(pattern)}:\n${output}`)));
      }),
    signal: (name) => child.kill(name),
    ended,
  };
}
