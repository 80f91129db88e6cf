import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

export type JsonLine = Record<string, unknown>;

const STDERR_KEPT = 20_000;
const START_TIMEOUT_MS = 90_000;

/** A child process that talks JSON lines: it says `{event: "ready"}` first, and ends when its input ends. */
export class JsonLinesProcess {
  private readonly listeners = new Set<(line: JsonLine) => void>();
  private readonly exited: Promise<unknown>;
  private stderr = '';

  private constructor(
    private readonly child: ChildProcess,
    private readonly what: string,
  ) {
    createInterface({ input: child.stdout! }).on('line', (text) => {
      const line = JSON.parse(text) as JsonLine;
      for (const listener of [...this.listeners]) listener(line);
    });
    child.stderr!.on('data', (chunk: Buffer) => {
      this.stderr = (this.stderr + chunk.toString()).slice(-STDERR_KEPT);
      if (process.env.INTEROP_LOG) process.stderr.write(chunk);
    });
    // A process that is gone refuses what is still written to it; its exit tells more.
    child.stdin!.on('error', () => undefined);
    this.exited = once(child, 'exit');
  }

  /** It has a home directory of its own: broadcast offsets that an earlier run left in one would be gone on from. */
  static async start(what: string, [command, ...args]: readonly string[]): Promise<JsonLinesProcess> {
    const home = mkdtempSync(join(tmpdir(), 'interop-home-'));
    const env = { ...process.env, HOME: home, JAVA_TOOL_OPTIONS: `-Duser.home=${home}` };
    const child = spawn(command, args, { stdio: 'pipe', cwd: tmpdir(), env });
    child.once('exit', () => rmSync(home, { recursive: true, force: true }));
    const started = new JsonLinesProcess(child, what);
    try {
      await started.next((line) => line.event === 'ready', START_TIMEOUT_MS);
      return started;
    } catch (error) {
      await started.kill();
      throw error;
    }
  }

  get pid(): number {
    return this.child.pid!;
  }

  get isRunning(): boolean {
    return this.child.exitCode === null && this.child.signalCode === null;
  }

  /** Hears every line from now on; the result stops it. */
  onLine(listener: (line: JsonLine) => void): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  write(line: JsonLine): void {
    this.child.stdin!.write(`${JSON.stringify(line)}\n`);
  }

  /** The next line that `matches`. Fails when the process ends first or the time is up. */
  async next(matches: (line: JsonLine) => boolean, timeoutMs: number): Promise<JsonLine> {
    return new Promise((resolve, reject) => {
      const settle = (action: () => void): void => {
        clearTimeout(timer);
        forget();
        this.child.off('exit', onExit);
        action();
      };
      const fail = (why: string): void => settle(() => reject(new Error(`${this.what}: ${why}\n${this.stderr}`)));
      const onExit = (): void => fail('ended');
      const timer = setTimeout(() => fail(`said nothing fitting within ${timeoutMs} ms`), timeoutMs);
      const forget = this.onLine((line) => {
        if (matches(line)) settle(() => resolve(line));
      });
      this.child.once('exit', onExit);
      if (!this.isRunning) onExit();
    });
  }

  /** A clean end. */
  async end(): Promise<void> {
    this.child.stdin!.end();
    await this.exited;
  }

  async kill(): Promise<void> {
    if (!this.isRunning) return;
    this.child.kill('SIGKILL');
    await this.exited;
  }
}
