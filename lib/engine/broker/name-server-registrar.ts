import { crc32 } from '../common/crc32.js';
import { Service } from '../common/lifecycle.js';
import { PeriodicTask } from '../common/periodic-task.js';
import { parseFastjson, writeFastjson } from '../common/fastjson.js';
import { objectOf, textsOf } from '../common/json-fields.js';
import { encodeHeader } from '../protocol/field-table.js';
import { request } from '../protocol/remoting-command.js';
import { registerBrokerRequest, unregisterBrokerRequest } from '../protocol/requests/register-broker.js';
import { RequestCode } from '../protocol/request-code.js';
import { ResponseCode } from '../protocol/response-code.js';
import type { TopicConfigTable } from '../protocol/bodies/topic-config.js';
import { Permission } from '../protocol/bodies/topic-route-data.js';
import type { Cancellable, Clock } from '../ports/clock.js';
import type { Logger } from '../ports/logger.js';
import type { BrokerOptions } from './broker-options.js';
import type { NameServerConnections } from './name-server-connections.js';
import type { TopicTable } from './tables/topic-table.js';

const UNREGISTER_TIMEOUT_MS = 3000;
/** Whoever creates a topic waits at most so long for the name servers to know it. */
const ANNOUNCE_TIMEOUT_MS = 3000;
/** Pause before a name server that cannot be reached is tried again. */
const RETRY_MS = 2000;
/** The same when it was reached before: it has been started anew, or the connection was cut. */
const RETRY_AFTER_LOSS_MS = 200;
const READ_WRITE = Permission.read | Permission.write;

export interface RegistrarParts {
  options: Pick<
    BrokerOptions,
    | 'brokerName'
    | 'brokerClusterName'
    | 'brokerId'
    | 'brokerPermission'
    | 'registerNameServerPeriod'
    | 'registerBrokerTimeoutMills'
    | 'brokerHeartbeatTimeoutMillis'
  >;
  topics: TopicTable;
  /** Where clients, and other brokers' replication, reach this broker; asked once the server has started. */
  brokerAddress: () => string;
  haAddress: () => string;
  connections: NameServerConnections;
  clock: Clock;
  log: Logger;
}

/**
 * Tells every name server, again and again and whenever a topic changes, that this broker is there
 * and which topics it has. A name server forgets a broker whose connection closes, so each
 * connection is kept; one that is lost is made again soon, others are tried every two seconds.
 * Source: Apache 5.3 BrokerController#registerBrokerAll, BrokerOuterAPI.
 */
export class NameServerRegistrar extends Service {
  private readonly servers: readonly string[];
  private readonly rounds: PeriodicTask;
  /** Name servers that are to be tried again, and when. */
  private readonly retries = new Map<string, Cancellable>();
  /** Told in the log already. */
  private readonly unreachable = new Set<string>();
  private readonly underWay = new Set<Promise<void>>();
  private announcing?: Promise<void>;
  private announceNext?: Promise<void>;

  constructor(private readonly parts: RegistrarParts) {
    super();
    const { options, clock, log } = parts;
    this.servers = parts.connections.servers;
    this.rounds = new PeriodicTask({
      isUpkeep: true,
      clock,
      intervalMs: options.registerNameServerPeriod,
      run: () => this.registerWithAll(options.registerBrokerTimeoutMills),
      onError: (error) => log.error('this broker could not be registered', { error }),
    });
    parts.connections.onLoss((server) => {
      this.retryIn(this.unreachable.has(server) ? RETRY_MS : RETRY_AFTER_LOSS_MS, server);
    });
  }

  protected async onStart(): Promise<void> {
    await this.registerWithAll(ANNOUNCE_TIMEOUT_MS);
    this.rounds.start();
  }

  protected async onStop(): Promise<void> {
    for (const retry of this.retries.values()) retry.cancel();
    await this.rounds.stop();
    await this.announcing;
    await Promise.all(this.underWay);
    await Promise.all(this.servers.map((server) => this.unregister(server)));
  }

  /** Resolves when the name servers that can be reached know the topics as they are now. */
  announce(): Promise<void> {
    if (!this.isRunning || this.servers.length === 0) return Promise.resolve();
    if (this.announcing === undefined) return (this.announcing = this.announceNow());
    this.announceNext ??= this.announcing.then(() => {
      this.announceNext = undefined;
      return (this.announcing = this.announceNow());
    });
    return this.announceNext;
  }

  private async announceNow(): Promise<void> {
    await Promise.resolve(); // what else changes in this turn goes along
    // Nobody waits for those that cannot be reached; they are told when they can.
    await this.registerWithAll(ANNOUNCE_TIMEOUT_MS, (server) => !this.retries.has(server));
    this.announcing = undefined;
  }

  private async registerWithAll(timeoutMs: number, isMeant: (server: string) => boolean = () => true): Promise<void> {
    const servers = this.servers.filter(isMeant);
    if (servers.length === 0) return;
    const body = Buffer.from(writeFastjson(this.body()));
    await Promise.all(servers.map((server) => this.register(server, body, timeoutMs)));
  }

  private retryIn(delayMs: number, server: string): void {
    if (this.isStopping || this.retries.has(server)) return;
    const retry = this.parts.clock.schedule(delayMs, () => {
      this.retries.delete(server);
      const trying = this.registerWithAll(ANNOUNCE_TIMEOUT_MS, (one) => one === server);
      this.underWay.add(trying);
      void trying.finally(() => this.underWay.delete(trying));
    });
    this.retries.set(server, retry);
  }

  private async register(server: string, body: Buffer, timeoutMs: number): Promise<void> {
    const { options, log } = this.parts;
    const extFields = encodeHeader(registerBrokerRequest, {
      ...this.identity(),
      haServerAddr: this.parts.haAddress(),
      heartbeatTimeoutMillis: options.brokerHeartbeatTimeoutMillis,
      enableActingMaster: false,
      compressed: false,
      bodyCrc32: crc32(body),
    });
    try {
      const channel = await this.parts.connections.channelTo(server);
      const answer = await channel.invoke(request(RequestCode.REGISTER_BROKER, { extFields, body }), timeoutMs);
      if (answer.code !== ResponseCode.SUCCESS) {
        log.warn('a name server refused this broker', { server, code: answer.code, remark: answer.remark });
      }
      if (answer.body !== undefined) this.markOrdered(answer.body);
      if (this.unreachable.delete(server)) log.info('a name server knows this broker again', { server });
    } catch (error) {
      if (!this.unreachable.has(server)) log.warn('a name server cannot be reached; trying again', { server, error });
      this.unreachable.add(server);
      this.retryIn(RETRY_MS, server);
    }
  }

  /** Topics that the name servers keep an order configuration of. Source: Apache 5.3 TopicConfigManager#updateOrderTopicConfig. */
  private markOrdered(body: Buffer): void {
    const { table } = objectOf(parseFastjson(body.toString('utf8')), 'the answer');
    for (const topic of Object.keys(textsOf(table, 'table'))) {
      const config = this.parts.topics.get(topic);
      if (config?.order === false) this.parts.topics.put({ ...config, order: true });
    }
  }

  private async unregister(server: string): Promise<void> {
    const connecting = this.parts.connections.existingChannelTo(server);
    if (connecting === undefined) return;
    try {
      const channel = await connecting;
      const extFields = encodeHeader(unregisterBrokerRequest, this.identity());
      await channel.invoke(request(RequestCode.UNREGISTER_BROKER, { extFields }), UNREGISTER_TIMEOUT_MS);
      channel.close();
    } catch (error) {
      this.parts.log.debug('a name server was not told of the stop; it will notice', { server, error });
    }
  }

  /** Clients learn from the topics what the broker as a whole allows. Source: Apache 5.3 BrokerController#registerBrokerAll. */
  private withinPermission({ dataVersion, topicConfigTable }: TopicConfigTable): TopicConfigTable {
    const { brokerPermission } = this.parts.options;
    if ((brokerPermission & READ_WRITE) === READ_WRITE) return { dataVersion, topicConfigTable };
    const topics = Object.values(topicConfigTable).map((topic) => ({ ...topic, perm: topic.perm & brokerPermission }));
    return { dataVersion, topicConfigTable: Object.fromEntries(topics.map((topic) => [topic.topicName, topic])) };
  }

  private identity() {
    const { options, brokerAddress } = this.parts;
    const { brokerName, brokerId, brokerClusterName: clusterName } = options;
    return { brokerName, brokerId, clusterName, brokerAddr: brokerAddress() };
  }

  private body() {
    const { dataVersion, topicConfigTable } = this.withinPermission(this.parts.topics.encode());
    return {
      filterServerList: [],
      topicConfigSerializeWrapper: {
        dataVersion,
        mappingDataVersion: { counter: 0, stateVersion: 0, timestamp: dataVersion.timestamp },
        topicConfigTable,
        topicQueueMappingDetailMap: {},
        topicQueueMappingInfoMap: {},
      },
    };
  }
}
