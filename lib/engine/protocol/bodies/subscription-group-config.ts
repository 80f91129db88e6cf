import type { DataVersion } from './data-version.js';

/** Source: Apache 5.3 SubscriptionGroupConfig. */
export interface SubscriptionGroupConfig {
  groupName: string;
  consumeEnable: boolean;
  consumeFromMinEnable: boolean;
  consumeBroadcastEnable: boolean;
  consumeMessageOrderly: boolean;
  retryQueueNums: number;
  retryMaxTimes: number;
  brokerId: number;
  whichBrokerWhenConsumeSlowly: number;
  notifyConsumerIdsChangedEnable: boolean;
  groupSysFlag: number;
  consumeTimeoutMinute: number;
  groupRetryPolicy?: Record<string, unknown>;
  subscriptionDataSet?: unknown[];
  attributes: Record<string, string>;
}

/** Content of subscriptionGroup.json. */
export interface SubscriptionGroupTable {
  dataVersion: DataVersion;
  forbiddenTable: Record<string, Record<string, number>>;
  subscriptionGroupTable: Record<string, SubscriptionGroupConfig>;
}
