import { PeriodicTask } from '../../common/periodic-task.js';
import type { ClientInstance } from '../client-instance.js';
import type { FaultTolerance } from './fault-tolerance.js';

/** Source: Apache 5.3 LatencyFaultToleranceImpl#startDetector. */
const ROUND_INTERVAL_MS = 3000;

/**
 * Asks brokers that were slow or failed whether they answer again, so that they are sent to again.
 * Source: Apache 5.3 LatencyFaultToleranceImpl#detectByOneRound, DefaultMQProducerImpl's ServiceDetector.
 */
export class FaultDetector {
  private readonly rounds: PeriodicTask;
  /** When a broker may be asked again, on the monotonic clock. */
  private readonly nextAt = new Map<string, number>();

  constructor(
    private readonly client: ClientInstance,
    private readonly faults: FaultTolerance,
    private readonly options: { readonly detectTimeoutMs: number; readonly detectIntervalMs: number },
  ) {
    this.rounds = new PeriodicTask({
      clock: client.clock,
      intervalMs: ROUND_INTERVAL_MS,
      run: () => this.detect(),
      onError: (error) => client.logger.error('brokers that failed were not looked at', { error }),
    });
  }

  start(): void {
    this.rounds.start();
  }

  async stop(): Promise<void> {
    await this.rounds.stop();
  }

  private async detect(): Promise<void> {
    const now = this.client.clock.monotonic();
    const due = this.faults.brokerNames().filter((name) => (this.nextAt.get(name) ?? 0) <= now);
    await Promise.all(due.map((name) => this.probe(name, now)));
  }

  private async probe(brokerName: string, now: number): Promise<void> {
    const { routes, brokers, logger } = this.client;
    const address = routes.masterAddress(brokerName);
    if (address === undefined) {
      this.faults.forget(brokerName);
      this.nextAt.delete(brokerName);
      return;
    }
    this.nextAt.set(brokerName, now + this.options.detectIntervalMs);
    if (!(await brokers.isAlive(address, this.options.detectTimeoutMs)) || this.faults.isReachable(brokerName)) return;
    logger.info('a broker can be reached again', { brokerName, address });
    this.faults.reached(brokerName);
  }
}
