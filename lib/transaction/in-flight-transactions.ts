import type { HalfMessageHandle } from '../engine/index.js';

/**
 * Transactions this process is busy with, each with the newest handle of its half message: every
 * check stores the half again at a new offset, and only ending the newest ends it for good.
 */
export class InFlightTransactions {
  private readonly newestHandles = new Map<string, HalfMessageHandle | undefined>();

  get size(): number {
    return this.newestHandles.size;
  }

  has(transactionId: string): boolean {
    return this.newestHandles.has(transactionId);
  }

  open(transactionId: string, handle?: HalfMessageHandle): void {
    this.newestHandles.set(transactionId, handle);
  }

  close(transactionId: string): void {
    this.newestHandles.delete(transactionId);
  }

  /** Keeps the handle if it is the newest. @returns false: this process is not busy with the transaction */
  offer(transactionId: string, handle: HalfMessageHandle): boolean {
    if (!this.newestHandles.has(transactionId)) return false;
    const known = this.newestHandles.get(transactionId);
    if (known === undefined || handle.tranStateTableOffset > known.tranStateTableOffset)
      this.newestHandles.set(transactionId, handle);
    return true;
  }

  newest(transactionId: string): HalfMessageHandle | undefined {
    return this.newestHandles.get(transactionId);
  }
}
