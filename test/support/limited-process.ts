import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync } from 'node:fs';

export interface Limits {
  /** `ulimit -n`. */
  descriptors?: number;
  /** `--max-old-space-size`, in MiB. */
  heapMib?: number;
}

/** A script of ours in a process that the system gives less; talks by messages. */
export class LimitedProcess {
  private readonly child: ChildProcess;
  private errors = '';

  constructor(script: string, { descriptors = 1024, heapMib = 1024 }: Limits) {
    const words = [process.execPath, '--expose-gc', `--max-old-space-size=${heapMib}`, script];
    this.child = spawn('sh', ['-c', `ulimit -n ${descriptors}; exec "$0" "$@"`, ...words], {
      stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
    });
    this.child.stderr?.on('data', (chunk: Buffer) => (this.errors += chunk.toString()));
  }

  /** @throws what it said when it ended instead */
  async ask<Answer>(question: string): Promise<Answer> {
    this.child.send(question);
    const ended = once(this.child, 'exit').then(([code, signal]) => {
      throw new Error(`the process ended by itself, ${String(code ?? signal)}: ${this.errors.slice(-2000)}`);
    });
    return (await Promise.race([once(this.child, 'message'), ended]))[0] as Answer;
  }

  /** That it has open. A process without any left can't look by itself. */
  get descriptors(): number {
    return readdirSync(`/proc/${this.child.pid}/fd`).length;
  }

  async kill(): Promise<void> {
    if (this.child.exitCode !== null || this.child.signalCode !== null) return;
    const exited = once(this.child, 'exit');
    this.child.kill('SIGKILL');
    await exited;
  }
}
