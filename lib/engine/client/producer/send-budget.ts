import { AbortedError, RequestTimeoutError } from '../../common/errors.js';
import { onAbort } from '../../common/on-abort.js';
import type { Clock } from '../../ports/clock.js';
import type { Patience } from './opened-topics.js';

interface Waiter {
  readonly bytes: number;
  readonly admit: () => void;
}

/**
 * Bounds the sends that are under way, by number and by the bytes of their bodies; the others wait
 * in the order they came. Source: Apache 5.3 DefaultMQProducerImpl, semaphoreAsyncSendNum and -Size.
 */
export class SendBudget {
  private count = 0;
  private bytes = 0;
  private readonly waiting = new Set<Waiter>();
  /** Admitted, but not yet running again: nobody may come in between. */
  private resuming = 0;

  constructor(
    private readonly clock: Clock,
    private readonly limits: { readonly count: number; readonly bytes: number },
  ) {}

  /** Sends that are under way. */
  get inFlight(): number {
    return this.count;
  }

  /**
   * Admits a send of so many bytes: at once (undefined), or when the promise resolves. Each admitted
   * send is given back by leave().
   * The promise rejects with RequestTimeoutError | AbortedError, and then there is nothing to give back.
   */
  enter(bytes: number, patience: Patience): Promise<void> | undefined {
    return this.tryEnter(bytes) ? undefined : this.wait(bytes, patience);
  }

  /** Admits a send of so many bytes if it need not wait. */
  tryEnter(bytes: number): boolean {
    const isAdmitted = this.waiting.size === 0 && this.resuming === 0 && this.fits(bytes);
    if (isAdmitted) this.take(bytes);
    return isAdmitted;
  }

  leave(bytes: number): void {
    this.count--;
    this.bytes -= bytes;
    for (const waiter of this.waiting) {
      if (!this.fits(waiter.bytes)) return;
      this.waiting.delete(waiter);
      this.take(waiter.bytes);
      waiter.admit();
    }
  }

  /** One that is larger than the whole budget goes alone. */
  private fits(bytes: number): boolean {
    if (this.count === 0) return true;
    return this.count < this.limits.count && this.bytes + bytes <= this.limits.bytes;
  }

  private take(bytes: number): void {
    this.count++;
    this.bytes += bytes;
  }

  private wait(bytes: number, { deadline, signal }: Patience): Promise<void> {
    const admitted = new Promise<void>((resolve, reject) => {
      const timeoutMs = Math.max(0, deadline - this.clock.monotonic());
      const stopWaiting = (): void => {
        this.waiting.delete(waiter);
        timer.cancel();
        stopListening?.();
      };
      const fail = (error: Error): void => {
        stopWaiting();
        reject(error);
      };
      const abort = (): void => fail(new AbortedError('send aborted', { cause: signal?.reason }));
      const timer = this.clock.schedule(timeoutMs, () => {
        fail(new RequestTimeoutError(`send behind ${this.count} others that are under way`, timeoutMs));
      });
      const stopListening = signal && onAbort(signal, abort);
      const waiter: Waiter = {
        bytes,
        admit: () => {
          stopWaiting();
          this.resuming++;
          resolve();
        },
      };
      this.waiting.add(waiter);
      if (signal?.aborted) abort();
    });
    // Runs right before whoever awaits the promise goes on.
    admitted.then(
      () => this.resuming--,
      () => undefined,
    );
    return admitted;
  }
}
