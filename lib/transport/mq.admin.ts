import { ConfigurationError, type AdminClient } from '../engine/index.js';
import type { Inbox, OutboxService, RecordCount } from '../transaction/index.js';
import type { EngineHost } from './engine-host.js';
import type { TransactionHost } from './transaction-host.js';

/**
 * Everything an operator does with the cluster of a connection: the AdminClient of its engine.
 * Usable from onModuleInit() on. @throws ConfigurationError before that
 */
export class MqAdmin implements Readonly<AdminClient> {
  constructor(
    private readonly host: EngineHost,
    private readonly tables: { outbox?: OutboxService<unknown>; inbox?: Inbox<unknown> } = {},
    private readonly coordinator: Pick<TransactionHost, 'ready'> = { ready: () => missing('transaction') },
  ) {}

  /**
   * Transactions in the database of the coordinator: unconfirmed ones are committed, and the broker
   * has not confirmed that their message is delivered. @throws ConfigurationError the module has no option `transaction`
   */
  async transactionRecords(): Promise<RecordCount[]> {
    return (await this.coordinator.ready()).recordCounts();
  }

  /** Lag, parked rows, resumed and purged. @throws ConfigurationError the module has no option `outbox` */
  get outbox(): OutboxService<unknown> {
    return this.tables.outbox ?? missing('outbox');
  }

  /** Its counts: duplicates that were stopped. @throws ConfigurationError the module has no option `inbox` */
  get inbox(): Inbox<unknown> {
    return this.tables.inbox ?? missing('inbox');
  }

  get topics(): AdminClient['topics'] {
    return this.client.topics;
  }

  get groups(): AdminClient['groups'] {
    return this.client.groups;
  }

  /** Progress and lag, reset by time. */
  get offsets(): AdminClient['offsets'] {
    return this.client.offsets;
  }

  /** By id, key, queue and time. */
  get messages(): AdminClient['messages'] {
    return this.client.messages;
  }

  /** Who is connected. */
  get clients(): AdminClient['clients'] {
    return this.client.clients;
  }

  get brokers(): AdminClient['brokers'] {
    return this.client.brokers;
  }

  get nameServers(): AdminClient['nameServers'] {
    return this.client.nameServers;
  }

  /** Users, and what they may do. */
  get access(): AdminClient['access'] {
    return this.client.access;
  }

  /** Counted, read, sent again. */
  get deadLetters(): AdminClient['deadLetters'] {
    return this.client.deadLetters;
  }

  /** Half messages that wait for their transaction, and those that nobody answered for. */
  get transactions(): AdminClient['transactions'] {
    return this.client.transactions;
  }

  /** What clients with message trace have written down. */
  get traces(): AdminClient['traces'] {
    return this.client.traces;
  }

  /** The same, whose calls wait no longer than until `signal` fires: they reject with AbortedError. */
  withSignal(signal: AbortSignal): AdminClient {
    return this.client.withSignal(signal);
  }

  private get client(): AdminClient {
    const engine = this.host.current;
    if (engine === undefined)
      throw new ConfigurationError(
        'MqAdmin',
        'was used before the application was initialized; use it from onModuleInit() on',
      );
    return engine.admin;
  }
}

function missing(option: string): never {
  throw new ConfigurationError(option, 'is missing in the options of MqModule; give it { unitOfWork }');
}
