import { ClosedError } from './errors.js';

type State = 'new' | 'starting' | 'running' | 'stopping' | 'stopped';

/**
 * Something that is started once and stopped once. States only move forward; stop() may be called
 * twice and also before start(). A start that fails is undone before its error is thrown, so
 * onStop() has to cope with a half-started service.
 */
export abstract class Service implements AsyncDisposable {
  private state: State = 'new';
  private starting?: Promise<void>;
  private stopping?: Promise<void>;

  get isRunning(): boolean {
    return this.state === 'running';
  }

  /** True from the moment stop() was called. */
  get isStopping(): boolean {
    return this.state === 'stopping' || this.state === 'stopped';
  }

  start(): Promise<void> {
    if (this.isStopping)
      return Promise.reject(new ClosedError(`${this.constructor.name} was stopped; create a new one`));
    this.starting ??= this.#begin();
    return this.starting;
  }

  stop(): Promise<void> {
    this.stopping ??= this.#finish();
    return this.stopping;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.stop();
  }

  protected abstract onStart(): Promise<void>;
  protected abstract onStop(): Promise<void>;

  async #begin(): Promise<void> {
    this.state = 'starting';
    try {
      await this.onStart();
    } catch (error) {
      this.state = 'stopped';
      this.stopping = this.onStop().catch(() => undefined); // the start's error is the one to report
      await this.stopping;
      throw error;
    }
    this.state = 'running';
  }

  async #finish(): Promise<void> {
    if (this.state === 'starting') await this.starting?.catch(() => undefined);
    const started = this.state === 'running';
    this.state = 'stopping';
    try {
      if (started) await this.onStop();
    } finally {
      this.state = 'stopped';
    }
  }
}

export interface Startable {
  start(): Promise<void>;
  stop(): Promise<void>;
}

/** Starts one after the other; if one fails, those already started are stopped in reverse order. */
export async function startInOrder(services: readonly Startable[]): Promise<void> {
  const started: Startable[] = [];
  try {
    for (const service of services) {
      await service.start();
      started.push(service);
    }
  } catch (error) {
    await stopInReverse(started).catch(() => undefined); // the start's error is the one to report
    throw error;
  }
}

/** Stops all in reverse order, even when some fail; then throws the first failure. */
export async function stopInReverse(services: readonly Startable[]): Promise<void> {
  const failures: unknown[] = [];
  for (const service of [...services].reverse()) {
    try {
      await service.stop();
    } catch (error) {
      failures.push(error);
    }
  }
  if (failures.length > 0) throw failures[0];
}
