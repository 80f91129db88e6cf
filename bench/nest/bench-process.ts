import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import type { TransportName } from './transports.js';
import type { Done, Task } from './worker.js';

const TASK_LIMIT_MS = 120_000;

/** A process that runs worker.ts. */
export class BenchProcess {
  private tasks = 0;

  private constructor(
    private readonly child: ChildProcess,
    readonly port: number,
  ) {}

  static async start(role: 'handlers' | 'client', name: TransportName, port: number): Promise<BenchProcess> {
    const child = fork(join(import.meta.dirname, 'worker.ts'), [role, name, String(port)], {
      execArgv: ['--import', './scripts/ts.mjs'],
    });
    const ready = await answer(child, 0);
    return new BenchProcess(child, ready.port ?? port);
  }

  perform(task: Task): Promise<Done> {
    const number = ++this.tasks;
    const done = answer(this.child, number);
    this.child.send({ number, task });
    return done;
  }

  async stop(): Promise<void> {
    const exited = once(this.child, 'exit');
    await this.perform({ kind: 'stop' });
    await Promise.race([exited, pause(10_000, undefined, { ref: false })]);
    this.child.kill('SIGKILL');
    await exited;
  }
}

/** @throws Error the process ended, or took too long and was ended */
function answer(child: ChildProcess, number: number): Promise<Done> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => child.kill('SIGKILL'), TASK_LIMIT_MS);
    const settle = (then: () => void): void => {
      clearTimeout(timer);
      child.off('message', onMessage).off('exit', onExit);
      then();
    };
    const onMessage = (done: Done): void => {
      if (done.number === number) settle(() => resolve(done));
    };
    const onExit = (): void => {
      const what = child.spawnargs.slice(-3).join(' ');
      settle(() => reject(new Error(`${what} ended before it was done`)));
    };
    child.on('message', onMessage).on('exit', onExit);
  });
}
