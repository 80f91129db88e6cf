import type { DataVersion } from './data-version.js';

/** Source: Apache 5.3 TopicConfig. */
export interface TopicConfig {
  topicName: string;
  readQueueNums: number;
  writeQueueNums: number;
  /** Bits of Permission. */
  perm: number;
  topicFilterType: 'SINGLE_TAG' | 'MULTI_TAG';
  topicSysFlag: number;
  order: boolean;
  attributes: Record<string, string>;
}

/** Content of topics.json and part of REGISTER_BROKER. Source: Apache 5.3 TopicConfigSerializeWrapper. */
export interface TopicConfigTable {
  dataVersion: DataVersion;
  topicConfigTable: Record<string, TopicConfig>;
}

/** Uncompressed body of REGISTER_BROKER. Source: Apache 5.3 RegisterBrokerBody. */
export interface RegisterBrokerBody {
  topicConfigSerializeWrapper: TopicConfigTable & Record<string, unknown>;
  filterServerList: string[];
}
