import type { Clock } from '../../ports/clock.js';

/** A send that took at least `latencyMs` keeps its broker out of the choice for `notAvailableMs`. Source: Apache 5.3 MQFaultStrategy. */
const PENALTIES: readonly { latencyMs: number; notAvailableMs: number }[] = [
  { latencyMs: 15_000, notAvailableMs: 30_000 },
  { latencyMs: 5000, notAvailableMs: 10_000 },
  { latencyMs: 3000, notAvailableMs: 6000 },
  { latencyMs: 1800, notAvailableMs: 5000 },
  { latencyMs: 550, notAvailableMs: 2000 },
];

/** What a failed send counts as. */
const FAILURE_LATENCY_MS = 10_000;

interface FaultItem {
  /** On the monotonic clock. */
  availableFrom: number;
  isReachable: boolean;
}

/**
 * Brokers that were slow or failed: until when each is avoided, and whether it was reached the last
 * time. Source: Apache 5.3 LatencyFaultToleranceImpl.
 */
export class FaultTolerance {
  private readonly items = new Map<string, FaultItem>();

  constructor(private readonly clock: Clock) {}

  succeeded(brokerName: string, latencyMs: number): void {
    this.update(brokerName, latencyMs, true);
  }

  /** @param isReachable false: avoided until it was reached again, where another is */
  failed(brokerName: string, isReachable: boolean): void {
    this.update(brokerName, FAILURE_LATENCY_MS, isReachable);
  }

  isAvailable(brokerName: string): boolean {
    return (this.items.get(brokerName)?.availableFrom ?? 0) <= this.clock.monotonic();
  }

  isReachable(brokerName: string): boolean {
    return this.items.get(brokerName)?.isReachable ?? true;
  }

  /** Brokers that something is known of. */
  brokerNames(): string[] {
    return [...this.items.keys()];
  }

  reached(brokerName: string): void {
    const item = this.items.get(brokerName);
    if (item) item.isReachable = true;
  }

  forget(brokerName: string): void {
    this.items.delete(brokerName);
  }

  /** A penalty never shortens one that lasts longer. */
  private update(brokerName: string, latencyMs: number, isReachable: boolean): void {
    const penalty = PENALTIES.find((entry) => latencyMs >= entry.latencyMs);
    const item = this.items.get(brokerName) ?? { availableFrom: 0, isReachable };
    item.isReachable = isReachable;
    if (penalty) item.availableFrom = Math.max(item.availableFrom, this.clock.monotonic() + penalty.notAvailableMs);
    this.items.set(brokerName, item);
  }
}
