import { ConfigurationError } from '../engine/index.js';
import type { TransactionCoordinator } from '../transaction/index.js';

/** Starts the coordinator when it is first asked for; everyone gets the same one. */
export class TransactionHost {
  private starting?: Promise<TransactionCoordinator<unknown>>;

  /** @param makeCoordinator undefined when the module has no option `transaction` */
  constructor(private readonly makeCoordinator?: () => Promise<TransactionCoordinator<unknown>>) {}

  get isConfigured(): boolean {
    return this.makeCoordinator !== undefined;
  }

  /** @throws ConfigurationError the module has no option `transaction` */
  ready(): Promise<TransactionCoordinator<unknown>> {
    const make = this.makeCoordinator;
    if (make === undefined)
      return Promise.reject(
        new ConfigurationError(
          'transaction',
          'is missing in the options of MqModule; give it { unitOfWork, producerGroup } to send in transactions',
        ),
      );
    this.starting ??= make().then(async (coordinator) => {
      await coordinator.start();
      return coordinator;
    });
    return this.starting;
  }

  async stop(): Promise<void> {
    const coordinator = await this.starting?.catch(() => undefined); // whoever asked for it knows
    await coordinator?.stop();
  }
}
