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

/** Brokers that were slow or failed, each until when it is avoided. Source: Apache 5.3 LatencyFaultToleranceImpl. */
export class FaultTolerance {
  private readonly avoidedUntil = new Map<string, number>();

  constructor(private readonly clock: Clock) {}

  succeeded(brokerName: string, latencyMs: number): void {
    this.penalize(brokerName, latencyMs);
  }

  failed(brokerName: string): void {
    this.penalize(brokerName, FAILURE_LATENCY_MS);
  }

  isAvailable(brokerName: string): boolean {
    return (this.avoidedUntil.get(brokerName) ?? 0) <= this.clock.monotonic();
  }

  /** A penalty never shortens one that lasts longer. */
  private penalize(brokerName: string, latencyMs: number): void {
    const penalty = PENALTIES.find((entry) => latencyMs >= entry.latencyMs);
    if (!penalty) return;
    const until = this.clock.monotonic() + penalty.notAvailableMs;
    if (until > (this.avoidedUntil.get(brokerName) ?? 0)) this.avoidedUntil.set(brokerName, until);
  }
}
