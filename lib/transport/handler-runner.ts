import { isObservable, type Observable, type Subscription } from 'rxjs';
import { Bag, DeadlineTimer, type Baggable, type Clock } from '../engine/index.js';
import { ConsumeTimeoutError } from './exceptions.js';

/** Whose handler it is. */
export interface HandlerOwner {
  readonly listenerId: string;
  /** Called before the promise of run() rejects because of the deadline or of cancelAll(). */
  abort(reason: Error): void;
}

/**
 * Waits for handlers, whatever they return, each to its deadline. The acknowledgement follows the
 * promise of run() and nothing else.
 */
export class HandlerRunner {
  private readonly running = new Bag<HandlerRun>();
  private readonly timer: DeadlineTimer;

  constructor(private readonly clock: Pick<Clock, 'monotonic' | 'schedule'>) {
    this.timer = new DeadlineTimer(clock, (now) => this.expire(now));
  }

  /**
   * Resolves when what `handle` returned has settled: a value at once, a promise when it resolves,
   * an Observable, or a promise of one, when it completes.
   * @param timeoutMs default: it may take as long as it likes
   * @returns the value; of an Observable the last one, undefined when there was none
   * @throws ConsumeTimeoutError, and what `handle` fails by
   */
  run(handle: () => unknown, owner: HandlerOwner, timeoutMs = Infinity): Promise<unknown> {
    const endsAt = this.clock.monotonic() + timeoutMs;
    this.timer.watch(endsAt);
    return new Promise((resolve, reject) => {
      new HandlerRun(this.running, owner, timeoutMs, endsAt, resolve, reject).begin(handle);
    });
  }

  /** Gives up on every handler that still runs. @returns how many */
  cancelAll(reason: Error): number {
    this.timer.cancel();
    const { size } = this.running;
    for (const run of this.running) run.giveUp(reason);
    return size;
  }

  private expire(now: number): number {
    let earliest = Infinity;
    for (const run of this.running) {
      if (run.endsAt > now) earliest = Math.min(earliest, run.endsAt);
      else run.giveUp(new ConsumeTimeoutError(run.owner.listenerId, run.timeoutMs));
    }
    return earliest;
  }
}

/** One handler under way. */
class HandlerRun implements Baggable {
  place = -1;
  private isSettled = false;
  private subscription?: Subscription;
  private last: unknown;

  constructor(
    private readonly running: Bag<HandlerRun>,
    readonly owner: HandlerOwner,
    readonly timeoutMs: number,
    /** On the monotonic clock. */
    readonly endsAt: number,
    private readonly resolve: (value: unknown) => void,
    private readonly reject: (error: unknown) => void,
  ) {}

  begin(handle: () => unknown): void {
    this.running.add(this);
    try {
      const result = handle();
      if (isPromiseLike(result))
        result.then(
          (value) => this.follow(value),
          (error: unknown) => this.fail(error),
        );
      else this.follow(result);
    } catch (error) {
      this.fail(error);
    }
  }

  giveUp(reason: Error): void {
    if (!this.settle()) return;
    this.owner.abort(reason);
    this.subscription?.unsubscribe();
    this.reject(reason);
  }

  private follow(result: unknown): void {
    if (isObservable(result)) this.subscribe(result);
    else if (this.settle()) this.resolve(result);
  }

  private subscribe(result: Observable<unknown>): void {
    if (this.isSettled) return;
    this.subscription = result.subscribe({
      next: (value) => {
        this.last = value;
      },
      error: (error: unknown) => this.fail(error),
      complete: () => {
        if (this.settle()) this.resolve(this.last);
      },
    });
  }

  private fail(error: unknown): void {
    if (this.settle()) this.reject(error);
  }

  /** @returns whether this call has settled it */
  private settle(): boolean {
    if (this.isSettled) return false;
    this.isSettled = true;
    this.running.delete(this);
    return true;
  }
}

function isPromiseLike(value: unknown): value is PromiseLike<unknown> {
  return typeof value === 'object' && value !== null && 'then' in value && typeof value.then === 'function';
}
