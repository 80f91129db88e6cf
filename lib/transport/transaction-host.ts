import { ConfigurationError } from '../engine/index.js';
import {
  TransactionRunner,
  type OutboxService,
  type TransactionCoordinator,
  type UnitOfWork,
} from '../transaction/index.js';

export interface TransactionHostParts {
  /** Undefined when the module has no option `transaction`. */
  coordinator?: { make: () => Promise<TransactionCoordinator<unknown>>; unitOfWork: UnitOfWork };
  /** Undefined when the module has no option `outbox`. */
  outbox?: OutboxService<unknown>;
}

/** Starts coordinator and outbox when they are first asked for; everyone gets the same ones. */
export class TransactionHost {
  private starting?: Promise<TransactionCoordinator<unknown>>;
  private preparing?: Promise<TransactionRunner<unknown>>;

  constructor(private readonly parts: TransactionHostParts = {}) {}

  get isConfigured(): boolean {
    return this.parts.coordinator !== undefined || this.parts.outbox !== undefined;
  }

  /** @throws ConfigurationError the module has no option `transaction` */
  ready(): Promise<TransactionCoordinator<unknown>> {
    const { coordinator } = this.parts;
    if (coordinator === undefined) return Promise.reject(missing());
    this.starting ??= coordinator.make().then(async (service) => {
      await service.start();
      return service;
    });
    return this.starting;
  }

  /** @throws ConfigurationError the module has neither option */
  runner(): Promise<TransactionRunner<unknown>> {
    if (!this.isConfigured) return Promise.reject(missing());
    this.preparing ??= this.prepare();
    return this.preparing;
  }

  async stop(): Promise<void> {
    const coordinator = await this.starting?.catch(() => undefined); // whoever asked for it knows
    await coordinator?.stop();
    await this.parts.outbox?.stop();
  }

  private async prepare(): Promise<TransactionRunner<unknown>> {
    const { coordinator, outbox } = this.parts;
    await outbox?.start();
    if (coordinator === undefined) return new TransactionRunner({ outbox });
    const { unitOfWork } = coordinator;
    return new TransactionRunner({ coordinator: { service: await this.ready(), unitOfWork }, outbox });
  }
}

function missing(): ConfigurationError {
  return new ConfigurationError(
    'transaction',
    'is missing in the options of MqModule; give it { unitOfWork, producerGroup } to send in transactions, ' +
      'or `outbox` { unitOfWork }',
  );
}
