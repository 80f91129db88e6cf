import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Database from 'libsql';

const root = join(__dirname, '../..');

interface SampleOptions {
  env?: Record<string, string>;
  limitMs?: number;
}

/** The sample, as a person starts it at a terminal. */
export class Sample {
  output = '';
  private readonly child: ChildProcess;
  private readonly exited: Promise<unknown>;

  constructor(flags: readonly string[] = [], { env = {}, limitMs = 50_000 }: SampleOptions = {}) {
    this.child = spawn(process.execPath, ['dist/sample/main.js', ...flags], {
      cwd: root,
      env: { ...process.env, NO_COLOR: '1', ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
      // Whatever hangs ends before its test does; its services follow it.
      timeout: limitMs,
      killSignal: 'SIGKILL',
    });
    this.child.stdout?.on('data', (chunk: Buffer) => (this.output += chunk.toString()));
    this.child.stderr?.on('data', (chunk: Buffer) => (this.output += chunk.toString()));
    this.exited = once(this.child, 'close');
  }

  /** Waits for its end. @returns the exit code, null if a signal ended it */
  async exitCode(): Promise<number | null> {
    await this.exited;
    return this.child.exitCode;
  }

  /** Waits for a text in its output, or for its end. */
  async says(text: string): Promise<void> {
    while (!this.output.includes(text)) {
      if (this.child.exitCode !== null) throw new Error(`it ended without saying '${text}':\n${this.output}`);
      await Promise.race([this.exited, once(this.child.stdout as NodeJS.EventEmitter, 'data')]);
    }
  }

  interrupt(): void {
    this.child.kill('SIGINT');
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.child.exitCode === null && this.child.signalCode === null) this.child.kill('SIGKILL');
    await this.exited;
  }
}

/** A directory that is gone at the end. */
export class Scratch implements Disposable {
  readonly path = mkdtempSync(join(tmpdir(), 'rmq-e2e-'));

  [Symbol.dispose](): void {
    rmSync(this.path, { recursive: true, force: true });
  }
}

export interface Books {
  orders: { id: string; customer: string; amount: number }[];
  bookings: { orderId: string; customer: string; points: number }[];
  accounts: { customer: string; points: number }[];
}

/** What is in the database files of a sample that has ended; nobody's word is taken for it. */
export function readBooks(directory: string): Books {
  const orders = new Database(join(directory, 'orders.db'));
  const points = new Database(join(directory, 'points.db'));
  try {
    return {
      orders: orders.prepare('SELECT id, customer, amount FROM orders').all() as Books['orders'],
      bookings: points.prepare('SELECT orderId, customer, points FROM bookings').all() as Books['bookings'],
      accounts: points.prepare('SELECT customer, points FROM accounts').all() as Books['accounts'],
    };
  } finally {
    orders.close();
    points.close();
  }
}

/** Every order has its points exactly once, and nothing else has any. */
export function expectAgreement({ orders, bookings, accounts }: Books): void {
  const due = orders.map(({ id, customer, amount }) => ({ orderId: id, customer, points: Math.floor(amount / 10) }));
  const byId = (a: { orderId: string }, b: { orderId: string }) => a.orderId.localeCompare(b.orderId);
  expect(bookings.toSorted(byId)).toEqual(due.toSorted(byId));
  const total = (points: { points: number }[]) => points.reduce((sum, line) => sum + line.points, 0);
  expect(total(accounts)).toBe(total(due));
}
