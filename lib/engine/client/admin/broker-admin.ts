import { readHaStatus, type HaStatus } from '../../protocol/bodies/ha-status.js';
import { decodePropertiesText, encodePropertiesText } from '../../protocol/bodies/properties-text.js';
import { readBrokerStatistics, readKvTable, type BrokerStatistics } from '../../protocol/bodies/statistics.js';
import { encodeHeader } from '../../protocol/field-table.js';
import { RequestCode } from '../../protocol/request-code.js';
import { brokerStatsRequest, resetMasterFlushOffsetRequest } from '../../protocol/requests/broker-admin.js';
import type { AdminRequests, BrokerTarget, ClusterBroker } from './admin-requests.js';

/** Looks after brokers. Source: Apache 5.3 DefaultMQAdminExt. */
export class BrokerAdmin {
  constructor(private readonly requests: AdminRequests) {}

  /** All there are, by cluster, broker name and id. */
  list(): Promise<ClusterBroker[]> {
    return this.requests.clusterBrokers();
  }

  /** `host:port` of the brokers of a target. @throws ConfigurationError when the cluster or a broker is not known */
  addresses(target: BrokerTarget): Promise<string[]> {
    return this.requests.addressesOf(target);
  }

  async config(address: string): Promise<Record<string, string>> {
    return decodePropertiesText((await this.requests.ask(address, RequestCode.GET_BROKER_CONFIG)).body);
  }

  /** Changes settings of a running broker. @throws BrokerResponseError one that may not be changed, or not so */
  async updateConfig(address: string, settings: Readonly<Record<string, string>>): Promise<void> {
    await this.requests.ask(address, RequestCode.UPDATE_BROKER_CONFIG, { body: encodePropertiesText(settings) });
  }

  /** Figures by Apache's names. */
  async runtimeInfo(address: string): Promise<Record<string, string>> {
    return readKvTable(await this.requests.askJson(address, RequestCode.GET_BROKER_RUNTIME_INFO));
  }

  async haStatus(address: string): Promise<HaStatus> {
    return readHaStatus(await this.requests.askJson(address, RequestCode.GET_BROKER_HA_STATUS));
  }

  /**
   * What a broker has counted.
   * @param name such as TOPIC_PUT_NUMS, GROUP_GET_NUMS @param key a topic, or `topic@group`
   * @throws BrokerResponseError when nothing was counted
   */
  async statistics(address: string, name: string, key: string): Promise<BrokerStatistics> {
    const extFields = encodeHeader(brokerStatsRequest, { statsName: name, statsKey: key });
    return readBrokerStatistics(
      await this.requests.askJson(address, RequestCode.VIEW_BROKER_STATS_DATA, { extFields }),
    );
  }

  /** Removes consume queues whose messages are gone. @returns the brokers that did */
  cleanExpiredConsumeQueues(target: BrokerTarget = {}): Promise<string[]> {
    return this.clean(target, RequestCode.CLEAN_EXPIRED_CONSUMEQUEUE);
  }

  /** Removes what is left of topics that no longer exist. @returns the brokers that did */
  cleanUnusedTopics(target: BrokerTarget = {}): Promise<string[]> {
    return this.clean(target, RequestCode.CLEAN_UNUSED_TOPIC);
  }

  /** Removes log files beyond their time now instead of at their hour. @returns the brokers that did */
  deleteExpiredCommitLogs(target: BrokerTarget = {}): Promise<string[]> {
    return this.clean(target, RequestCode.DELETE_EXPIRED_COMMITLOG);
  }

  /** Tells a slave how far its master has flushed. */
  async resetMasterFlushOffset(address: string, physicalOffset: number): Promise<void> {
    const extFields = encodeHeader(resetMasterFlushOffsetRequest, { masterFlushOffset: physicalOffset });
    await this.requests.ask(address, RequestCode.RESET_MASTER_FLUSH_OFFSET, { extFields });
  }

  private async clean(target: BrokerTarget, code: number): Promise<string[]> {
    return (await this.requests.tell(target, code)).map(({ address }) => address);
  }
}
