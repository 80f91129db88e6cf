import type { FastjsonObject, FastjsonValue } from '../../common/fastjson.js';
import { integerOf, objectOf, textOf, textsOf } from '../../common/json-fields.js';
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
  groupRetryPolicy: FastjsonObject;
  subscriptionDataSet?: FastjsonValue[];
  attributes: Record<string, string>;
}

/** Content of subscriptionGroup.json. */
export interface SubscriptionGroupTable {
  dataVersion: DataVersion;
  forbiddenTable: Record<string, Record<string, number>>;
  subscriptionGroupTable: Record<string, SubscriptionGroupConfig>;
}

/** A group as it is before anybody changes it. Source: Apache 5.3 SubscriptionGroupConfig. */
export function newSubscriptionGroup(groupName: string): SubscriptionGroupConfig {
  return {
    attributes: {},
    brokerId: 0,
    consumeBroadcastEnable: true,
    consumeEnable: true,
    consumeFromMinEnable: true,
    consumeMessageOrderly: false,
    consumeTimeoutMinute: 15,
    groupName,
    groupRetryPolicy: { type: 'CUSTOMIZED' },
    groupSysFlag: 0,
    notifyConsumerIdsChangedEnable: true,
    retryMaxTimes: 16,
    retryQueueNums: 1,
    whichBrokerWhenConsumeSlowly: 1,
  };
}

/** Missing fields take Apache's defaults. @throws ProtocolError */
export function readSubscriptionGroupConfig(value: FastjsonValue | undefined): SubscriptionGroupConfig {
  const config = objectOf(value, 'subscriptionGroupConfig');
  const missing = newSubscriptionGroup(textOf(config.groupName, 'groupName'));
  const integer = (name: IntegerField): number => integerOf(config[name], name, missing[name]);
  const flag = (name: FlagField): boolean => (typeof config[name] === 'boolean' ? config[name] : missing[name]);
  return {
    attributes: textsOf(config.attributes, 'attributes'),
    brokerId: integer('brokerId'),
    consumeBroadcastEnable: flag('consumeBroadcastEnable'),
    consumeEnable: flag('consumeEnable'),
    consumeFromMinEnable: flag('consumeFromMinEnable'),
    consumeMessageOrderly: flag('consumeMessageOrderly'),
    consumeTimeoutMinute: integer('consumeTimeoutMinute'),
    groupName: missing.groupName,
    groupRetryPolicy: objectOf(config.groupRetryPolicy ?? missing.groupRetryPolicy, 'groupRetryPolicy'),
    groupSysFlag: integer('groupSysFlag'),
    notifyConsumerIdsChangedEnable: flag('notifyConsumerIdsChangedEnable'),
    retryMaxTimes: integer('retryMaxTimes'),
    retryQueueNums: integer('retryQueueNums'),
    ...(Array.isArray(config.subscriptionDataSet) ? { subscriptionDataSet: config.subscriptionDataSet } : {}),
    whichBrokerWhenConsumeSlowly: integer('whichBrokerWhenConsumeSlowly'),
  };
}

type FieldOf<T> = {
  [K in keyof SubscriptionGroupConfig]-?: SubscriptionGroupConfig[K] extends T ? K : never;
}[keyof SubscriptionGroupConfig];
type IntegerField = FieldOf<number>;
type FlagField = FieldOf<boolean>;
