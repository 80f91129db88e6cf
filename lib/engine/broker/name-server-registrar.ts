import { crc32 } from '../common/crc32.js';
import { Service } from '../common/lifecycle.js';
import { PeriodicTask } from '../common/periodic-task.js';
import { writeFastjson } from '../common/fastjson.js';
import { encodeHeader } from '../protocol/field-table.js';
import { request } from '../protocol/remoting-command.js';
import { registerBrokerRequest, unregisterBrokerRequest } from '../protocol/requests/register-broker.js';
import { RequestCode } from '../protocol/request-code.js';
import { ResponseCode } from '../protocol/response-code.js';
import type { Clock } from '../ports/clock.js';
import type { Logger } from '../ports/logger.js';
import type { BrokerOptions } from './broker-options.js';
import type { NameServerConnections } from './name-server-connections.js';
import type { TopicTable } from './tables/topic-table.js';

const UNREGISTER_TIMEOUT_MS = 3000;
/** Whoever creates a topic waits at most so long for the name servers to know it. */
const ANNOUNCE_TIMEOUT_MS = 3000;

export interface RegistrarParts {
  options: Pick<
    BrokerOptions,
    | 'brokerName'
    | 'brokerClusterName'
    | 'brokerId'
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
 * connection is kept.
 * Source: Apache 5.3 BrokerController#registerBrokerAll, BrokerOuterAPI.
 */
export class NameServerRegistrar extends Service {
  private readonly servers: readonly string[];
  private readonly rounds: PeriodicTask;
  private announcing?: Promise<void>;
  private announceNext?: Promise<void>;

  constructor(private readonly parts: RegistrarParts) {
    super();
    const { options, clock, log } = parts;
    this.servers = parts.connections.servers;
    this.rounds = new PeriodicTask({
      clock,
      intervalMs: options.registerNameServerPeriod,
      run: () => this.registerWithAll(options.registerBrokerTimeoutMills),
      onError: (error) => log.error('this broker could not be registered', { error }),
    });
  }

  protected async onStart(): Promise<void> {
    await this.registerWithAll(ANNOUNCE_TIMEOUT_MS);
    this.rounds.start();
  }

  protected async onStop(): Promise<void> {
    await this.rounds.stop();
    await this.announcing;
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
    await this.registerWithAll(ANNOUNCE_TIMEOUT_MS);
    this.announcing = undefined;
  }

  private async registerWithAll(timeoutMs: number): Promise<void> {
    if (this.servers.length === 0) return;
    const body = Buffer.from(writeFastjson(this.body()));
    await Promise.all(this.servers.map((server) => this.register(server, body, timeoutMs)));
  }

  /** A name server that cannot be reached is tried again in the next round. */
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
    } catch (error) {
      log.warn('a name server cannot be reached; trying again in the next round', { server, error });
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

  private identity() {
    const { options, brokerAddress } = this.parts;
    const { brokerName, brokerId, brokerClusterName: clusterName } = options;
    return { brokerName, brokerId, clusterName, brokerAddr: brokerAddress() };
  }

  private body() {
    const { dataVersion, topicConfigTable } = this.parts.topics.encode();
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
