import type { Access } from '../access/access.js';
import { Service } from '../common/lifecycle.js';
import { PeriodicTask } from '../common/periodic-task.js';
import type { Clock } from '../ports/clock.js';
import type { Logger } from '../ports/logger.js';
import type { Acceptor, Channel } from '../remoting/channel.js';
import { RemotingServer, type RequestGuard } from '../remoting/remoting-server.js';
import { KvConfig, type KvConfigStorage } from './kv-config.js';
import { resolveNameServerOptions, type NameServerOptions } from './name-server-options.js';
import { createProcessorTable } from './processor-table.js';
import { BrokerRegistryProcessor } from './processors/broker-registry.processor.js';
import { KvConfigProcessor } from './processors/kv-config.processor.js';
import { NameServerConfigProcessor } from './processors/name-server-config.processor.js';
import { RouteInfoProcessor } from './processors/route-info.processor.js';
import { TopicRegistryProcessor } from './processors/topic-registry.processor.js';
import { RouteTable } from './route-table.js';

export interface NameServerParts {
  readonly acceptors: readonly Acceptor[];
  readonly clock: Clock;
  readonly logger: Logger;
  readonly options?: Partial<NameServerOptions>;
  /** Started and stopped by the name server. Default: whoever reaches it may do everything. */
  readonly access?: Access;
  /** Where there is no access control: default, nothing is refused. */
  readonly guard?: RequestGuard;
  /** Default: key-value pairs are kept in memory only. */
  readonly kvStorage?: KvConfigStorage;
}

/** Tells clients where topics are, as brokers told it. Source: Apache 5.3 NamesrvController. */
export class NameServer extends Service {
  private readonly routes = new RouteTable();
  private readonly kvConfig: KvConfig;
  private readonly server: RemotingServer;
  private readonly scan: PeriodicTask;
  /** By the number that RouteTable knows them by. */
  private readonly channels = new Map<number, Channel>();
  private readonly connections = new WeakMap<Channel, number>();
  private lastConnection = 0;

  /** @throws ConfigurationError */
  constructor(private readonly parts: NameServerParts) {
    super();
    const { acceptors, clock, logger } = parts;
    const options = resolveNameServerOptions(parts.options);
    const { routes } = this;
    this.kvConfig = new KvConfig(logger, parts.kvStorage);
    const processors = createProcessorTable({
      brokers: new BrokerRegistryProcessor(routes, this.kvConfig, options, clock, logger),
      routes: new RouteInfoProcessor(routes, this.kvConfig, options, clock),
      topics: new TopicRegistryProcessor(routes, options, logger),
      kvConfig: new KvConfigProcessor(this.kvConfig),
      config: new NameServerConfigProcessor(options, logger),
      connectionOf: (channel) => this.connections.get(channel) ?? 0,
    });
    this.server = new RemotingServer({
      acceptors,
      processors,
      guard: parts.access?.control ?? parts.guard,
      clock,
      logger,
    });
    this.server.onOpen((channel) => this.welcome(channel));
    this.scan = new PeriodicTask({
      isUpkeep: true,
      clock,
      get intervalMs() {
        return options.scanNotActiveBrokerInterval;
      },
      run: () => this.removeSilentBrokers(),
      onError: (error) => logger.error('silent brokers could not be looked for', { error }),
    });
  }

  /** Where it is reached, real ports included; valid after start(). */
  get addresses(): string[] {
    return this.server.addresses;
  }

  protected async onStart(): Promise<void> {
    await this.parts.access?.start();
    await this.kvConfig.load();
    await this.server.start();
    this.scan.start();
  }

  protected async onStop(): Promise<void> {
    await this.scan.stop();
    await this.server.stop();
    await this.parts.access?.stop();
  }

  private welcome(channel: Channel): void {
    const connection = ++this.lastConnection;
    this.connections.set(channel, connection);
    this.channels.set(connection, channel);
    channel.onClose(() => {
      this.channels.delete(connection);
      for (const { brokerName, brokerId, brokerAddr } of this.routes.connectionClosed(connection)) {
        this.parts.logger.info('a broker is gone: its connection has closed', { brokerName, brokerId, brokerAddr });
      }
    });
  }

  private removeSilentBrokers(): void {
    for (const broker of this.routes.expire(this.parts.clock.monotonic())) {
      const { brokerName, brokerId, brokerAddr, heartbeatTimeoutMs } = broker;
      this.parts.logger.warn('a broker is gone: it was silent', {
        brokerName,
        brokerId,
        brokerAddr,
        heartbeatTimeoutMs,
      });
      this.channels.get(broker.connection)?.close();
    }
  }
}
