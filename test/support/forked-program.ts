import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

const loader = pathToFileURL(join(__dirname, '../../scripts/ts.mjs')).href;

/** A program of this directory in a process of its own: it takes its order as first message, and says when it is ready. */
export class ForkedProgram<Order extends object> {
  private static readonly running = new Set<ForkedProgram<never>>();
  /** Resolves when the process is gone, however it came to that. */
  readonly ended: Promise<unknown>;
  private readonly child: ChildProcess;

  private constructor(program: string, order: Order) {
    this.child = fork(join(__dirname, program), { execArgv: ['--import', loader] });
    this.ended = once(this.child, 'exit');
    this.child.send(order);
    ForkedProgram.running.add(this);
  }

  static async start<Order extends object>(program: string, order: Order): Promise<ForkedProgram<Order>> {
    const forked = new ForkedProgram(program, order);
    const first = await Promise.race([once(forked.child, 'message'), forked.ended]);
    if (!Array.isArray(first) || first[0] !== 'ready') throw new Error(`${program} ended by itself`);
    return forked;
  }

  static async killAll(): Promise<void> {
    for (const program of [...ForkedProgram.running]) await program.kill();
  }

  async kill(): Promise<void> {
    ForkedProgram.running.delete(this);
    this.child.kill('SIGKILL');
    if (this.child.exitCode === null && this.child.signalCode === null) await this.ended;
  }
}
