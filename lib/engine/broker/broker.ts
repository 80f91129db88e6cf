import { Service, startInOrder, stopInReverse, type Startable } from '../common/lifecycle.js';
import { PeriodicTask } from '../common/periodic-task.js';
import { formatHostAddress, parseHostAddress, type HostAddress } from '../message/host-address.js';
import type { Clock } from '../ports/clock.js';
import type { Logger } from '../ports/logger.js';
import type { Random } from '../ports/random.js';
import type { Acceptor, Channel, Connector } from '../remoting/channel.js';
import { RemotingServer } from '../remoting/remoting-server.js';
import type { MessageStore } from '../store/message-store.js';
import { resolveBrokerOptions, type BrokerOptions } from './broker-options.js';
import { BrokerStats } from './broker-stats.js';
import { BrokerToClient } from './broker-to-client.js';
import { createProcessors } from './create-processors.js';
import { HalfMessageQueue } from './half-message-queue.js';
import { NameServerRegistrar } from './name-server-registrar.js';
import { createProcessorTable } from './processor-table.js';
import { PullRequestHold } from './pull-request-hold.js';
import { PutMessage } from './put-message.js';
import { ScheduleMessage } from './schedule-message.js';
import { TableFile, type TableStorage } from './table-file.js';
import { createTables, type Tables } from './tables/tables.js';
import { TransactionCheck } from './transaction-check.js';

/** Source: Apache 5.3 ClientHousekeepingService. */
const HOUSEKEEPING_INTERVAL_MS = 10_000;
const DEFAULT_MEMORY_BYTES = 8 * 2 ** 30;
const MAX_PORT = 65_535;

export interface BrokerParts {
  /** Started and stopped by the broker. */
  readonly store: MessageStore;
  /** Where clients come in; each is started and stopped by the broker. */
  readonly acceptors: readonly Acceptor[];
  /** Reaches the name servers. */
  readonly connector: Connector;
  readonly tableStorage: TableStorage;
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
  /** Of the machine; default 8 GiB. See accessMessageInMemoryMaxRatio. */
  readonly physicalMemoryBytes?: number;
}

/**
 * A message broker: takes, keeps and hands out messages, and tells name servers that it does.
 * It is started in the order store, tables, services, server, registrar, and stopped in the reverse.
 */
export class Broker extends Service {
  readonly options: Readonly<BrokerOptions>;
  private readonly tables: Tables;
  private readonly server: RemotingServer;
  private readonly order: readonly Startable[];

  /** @throws ConfigurationError */
  constructor(
    options: Partial<BrokerOptions>,
    private readonly parts: BrokerParts,
  ) {
    super();
    this.options = resolveBrokerOptions(options);
    const { store, clock, random, logger: log } = parts;
    const client = new BrokerToClient(this.options.brokerName, log);
    const tables = (this.tables = createTables(this.options, clock, client));
    const file = (name: string, table: ConstructorParameters<typeof TableFile>[1]): TableFile =>
      new TableFile(name, table, parts.tableStorage, log);
    const files = {
      topics: file('topics.json', tables.topics),
      groups: file('subscriptionGroup.json', tables.groups),
      offsets: file('consumerOffset.json', tables.offsets),
      delayOffsets: file('delayOffset.json', tables.delayOffsets),
    };

    const putMessage = new PutMessage(store, clock, this.options);
    const halfMessages = new HalfMessageQueue({
      store,
      putMessage,
      options: this.options,
      brokerHost: this.host(),
      clock,
      log,
    });
    const check = new TransactionCheck({
      ...tables,
      options: this.options,
      store,
      halfMessages,
      putMessage,
      client,
      clock,
      log,
    });
    const schedule = new ScheduleMessage({
      options: this.options,
      store,
      putMessage,
      progress: tables.delayOffsets,
      clock,
      log,
    });
    const { longPollingEnable, shortPollingTimeMills } = this.options;
    const hold = new PullRequestHold(store, clock, log, longPollingEnable ? undefined : shortPollingTimeMills);
    const registrar = new NameServerRegistrar({
      options: this.options,
      topics: tables.topics,
      brokerAddress: () => this.address,
      haAddress: () => formatHostAddress({ ...this.host(), port: Math.min(this.host().port + 1, MAX_PORT) }),
      connector: parts.connector,
      clock,
      log,
    });
    tables.topics.onChange(() => {
      files.topics.saveSoon();
      void registrar.announce();
    });
    tables.groups.onChange(() => files.groups.saveSoon());
    const publishTopics = async (): Promise<void> => {
      await Promise.all([files.topics.save(), registrar.announce()]);
    };

    const processors = createProcessors({
      options: this.options,
      tables,
      store,
      putMessage,
      halfMessages,
      hold,
      stats: new BrokerStats(clock, this.options.brokerClusterName),
      client,
      publishTopics,
      saveGroups: () => files.groups.save(),
      storeHost: this.host(),
      memoryBytes: this.memoryBytes(),
      clock,
      random,
    });
    this.server = new RemotingServer({
      acceptors: parts.acceptors,
      processors: createProcessorTable(processors),
      clock,
      logger: log,
    });
    this.server.onOpen((channel) => channel.onClose(() => this.forget(channel)));
    this.order = [
      store,
      this.tablesService(files),
      this.housekeeping(),
      halfMessages,
      check,
      schedule,
      this.server,
      hold,
      registrar,
    ];
  }

  /** `host:port` that clients reach this broker at; valid after start(). */
  get address(): string {
    const [address] = this.server.addresses;
    if (address === undefined) return formatHostAddress(this.host());
    const { host, port } = parseHostAddress(address);
    const isAnyHost = host === '0.0.0.0' || host === '::';
    return isAnyHost ? formatHostAddress({ host: this.options.brokerIP1, port }) : address;
  }

  protected async onStart(): Promise<void> {
    await startInOrder(this.order);
    const { brokerName, brokerClusterName } = this.options;
    this.parts.logger.info('the broker has started', { brokerName, brokerClusterName, address: this.address });
  }

  protected async onStop(): Promise<void> {
    await stopInReverse(this.order);
    this.parts.logger.info('the broker has stopped', { brokerName: this.options.brokerName });
  }

  /** As stored messages carry it. */
  private host(): HostAddress {
    return { host: this.options.brokerIP1, port: this.options.listenPort };
  }

  private memoryBytes(): number {
    const memory = this.parts.physicalMemoryBytes ?? DEFAULT_MEMORY_BYTES;
    return (memory * this.options.accessMessageInMemoryMaxRatio) / 100;
  }

  private forget(channel: Channel): void {
    this.tables.consumers.removeChannel(channel);
    this.tables.producers.removeChannel(channel);
  }

  private tablesService(files: Record<'topics' | 'groups' | 'offsets' | 'delayOffsets', TableFile>): Startable {
    const { offsets, delayOffsets } = this.tables;
    const saving = [
      this.periodically(this.options.flushConsumerOffsetInterval, async () => {
        if (offsets.takeChanged()) await files.offsets.save();
      }),
      this.periodically(this.options.flushDelayOffsetInterval, async () => {
        if (delayOffsets.takeChanged()) await files.delayOffsets.save();
      }),
    ];
    return {
      start: async () => {
        for (const file of Object.values(files)) await file.load();
        for (const task of saving) task.start();
      },
      stop: async () => {
        await Promise.all(saving.map((task) => task.stop()));
        await Promise.all(Object.values(files).map((file) => file.save()));
      },
    };
  }

  /** Forgets clients that have gone without a word. */
  private housekeeping(): Startable {
    const task = this.periodically(HOUSEKEEPING_INTERVAL_MS, () => {
      this.tables.consumers.expire();
      this.tables.producers.expire();
      this.tables.locks.expire();
    });
    return { start: async () => task.start(), stop: () => task.stop() };
  }

  private periodically(intervalMs: number, run: () => void | Promise<void>): PeriodicTask {
    const { clock, logger } = this.parts;
    const onError = (error: unknown): void => logger.error('a periodic task of the broker failed', { error });
    return new PeriodicTask({ clock, intervalMs, run, onError });
  }
}
