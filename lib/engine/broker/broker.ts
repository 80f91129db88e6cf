import type { Access } from '../access/access.js';
import { Service, startInOrder, stopInReverse, type Startable } from '../common/lifecycle.js';
import { PeriodicTask } from '../common/periodic-task.js';
import { formatHostAddress, parseHostAddress, type HostAddress } from '../message/host-address.js';
import type { Clock } from '../ports/clock.js';
import type { Logger } from '../ports/logger.js';
import type { Random } from '../ports/random.js';
import type { Acceptor, Channel, Connector } from '../remoting/channel.js';
import { RemotingServer, type RequestGuard } from '../remoting/remoting-server.js';
import type { MessageStore } from '../store/message-store.js';
import { resolveBrokerOptions, type BrokerOptions } from './broker-options.js';
import { brokerFigures, type BrokerFigures } from './broker-figures.js';
import { BrokerStats } from './broker-stats.js';
import { BrokerToClient } from './broker-to-client.js';
import { ClockWatch } from './clock-watch.js';
import { createProcessors } from './create-processors.js';
import { AnswerBudget } from './flow/answer-budget.js';
import { RequestBudget } from './flow/request-budget.js';
import { RequestLimits } from './flow/request-limits.js';
import { HalfMessageQueue } from './half-message-queue.js';
import { NameServerConnections } from './name-server-connections.js';
import { NameServerRegistrar } from './name-server-registrar.js';
import { createProcessorTable } from './processor-table.js';
import { PopHold } from './pop/pop-hold.js';
import { PopRevive } from './pop/pop-revive.js';
import { PullRequestHold } from './pull-request-hold.js';
import { PutMessage } from './put-message.js';
import type { StoreDisk } from './runtime-info.js';
import { ScheduleMessage } from './schedule-message.js';
import type { TableStorage } from './table-file.js';
import { TableFiles } from './table-files.js';
import { createTables, type Tables } from './tables/tables.js';
import { reviveTopic } from './tables/topic-table.js';
import { TimerHeap } from './timer-heap.js';
import { TimerMessage } from './timer-message.js';
import { TopicRoutes } from './topic-routes.js';
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
  /** Started and stopped by the broker. Default: whoever reaches it may do everything. */
  readonly access?: Access;
  /** Asked before it. Default: nothing is refused. */
  readonly guard?: RequestGuard;
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
  /** Where the store's files are, for reports. */
  readonly disk?: StoreDisk;
  /** The store's settings, for reports. */
  readonly storeSettings?: object;
  /** Of the machine; default 8 GiB. See accessMessageInMemoryMaxRatio. */
  readonly physicalMemoryBytes?: number;
}

/**
 * A message broker: takes, keeps and hands out messages, and tells name servers that it does.
 * It is started in the order store, tables, services, server, registrar, and stopped in the reverse.
 */
export class Broker extends Service {
  /** Some of them a request may change, see changeable-options.ts. */
  readonly options: Readonly<BrokerOptions>;
  private readonly tables: Tables;
  private readonly server: RemotingServer;
  private readonly stats: BrokerStats;
  private readonly order: readonly Startable[];

  /** @throws ConfigurationError */
  constructor(
    options: Partial<BrokerOptions>,
    private readonly parts: BrokerParts,
  ) {
    super();
    const changeable = { ...resolveBrokerOptions(options) };
    this.options = changeable;
    const { store, clock, random, logger: log } = parts;
    this.stats = new BrokerStats(clock, this.options.brokerClusterName);
    const client = new BrokerToClient(this.options.brokerName, log);
    const tables = (this.tables = createTables(this.options, clock, client));
    const files = new TableFiles({ options: this.options, tables, storage: parts.tableStorage, clock, log });
    const timers = new TimerHeap();
    const putMessage = new PutMessage(store, clock, this.options, timers);
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
    const timer = new TimerMessage({
      options: this.options,
      store,
      putMessage,
      progress: tables.timerProgress,
      heap: timers,
      clock,
      log,
    });
    const { longPollingEnable, shortPollingTimeMills } = this.options;
    const hold = new PullRequestHold(store, clock, log, longPollingEnable ? undefined : shortPollingTimeMills);
    const connections = new NameServerConnections(this.options.namesrvAddr, parts.connector);
    const popHold = new PopHold(store, clock);
    const revive = new PopRevive({
      ...tables,
      options: this.options,
      topic: reviveTopic(this.options.brokerClusterName),
      store,
      putMessage,
      timers,
      clock,
      log,
    });
    const registrar = new NameServerRegistrar({
      options: this.options,
      topics: tables.topics,
      brokerAddress: () => this.address,
      haAddress: () => formatHostAddress({ ...this.host(), port: Math.min(this.host().port + 1, MAX_PORT) }),
      connections,
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

    const answers = new AnswerBudget(this.options, () => this.server.channels, clock);
    const processors = createProcessors({
      access: parts.access,
      answers,
      options: changeable,
      tables,
      store,
      putMessage,
      halfMessages,
      hold,
      popHold,
      routes: new TopicRoutes(this.options.brokerName, tables.topics, connections, clock),
      timers,
      disk: parts.disk,
      storeSettings: parts.storeSettings,
      log,
      brokerAddress: () => this.address,
      stats: this.stats,
      client,
      publishTopics,
      saveGroups: () => files.groups.save(),
      saveRequestModes: () => files.requestModes.save(),
      storeHost: this.host(),
      memoryBytes: this.memoryBytes(),
      clock,
      random,
    });
    this.server = new RemotingServer({
      acceptors: parts.acceptors,
      processors: createProcessorTable(processors),
      guard: this.guard(),
      gate: new RequestBudget(this.options),
      clock,
      logger: log,
    });
    this.server.onOpen((channel) => channel.onClose(() => this.forget(channel)));
    this.order = [
      ...(parts.access ? [parts.access] : []),
      store,
      files,
      this.housekeeping(),
      halfMessages,
      check,
      schedule,
      timer,
      revive,
      new ClockWatch(clock, [schedule, timer, revive], log),
      this.server,
      hold,
      popHold,
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

  /** For reports; while the broker runs. */
  figures(): BrokerFigures {
    const { options, tables, stats, parts } = this;
    return brokerFigures({ options, tables, stats, store: parts.store, connections: this.server.channels.size });
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

  /** What is too large is not even read to see what it asks for. */
  private guard(): RequestGuard {
    const { guard, access } = this.parts;
    const guards = [new RequestLimits(this.options), guard, access?.control];
    return {
      refusal(request, channel) {
        for (const one of guards) {
          const refusal = one?.refusal(request, channel);
          if (refusal !== undefined) return refusal;
        }
        return undefined;
      },
    };
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

  /** Forgets clients that have gone without a word. */
  private housekeeping(): Startable {
    const { clock, logger } = this.parts;
    const task = new PeriodicTask({
      isUpkeep: true,
      clock,
      intervalMs: HOUSEKEEPING_INTERVAL_MS,
      run: () => {
        this.tables.consumers.expire();
        this.tables.producers.expire();
        this.tables.locks.expire();
      },
      onError: (error) => logger.error('clients that have gone could not be forgotten', { error }),
    });
    return { start: async () => task.start(), stop: () => task.stop() };
  }
}
