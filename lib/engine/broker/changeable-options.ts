import { ConfigurationError } from '../common/errors.js';
import { parseSetting, unknownSetting } from '../common/settings.js';
import { brokerSettings, type BrokerOptions } from './broker-options.js';

/**
 * What a request may change while the broker runs: switches and limits that are looked at anew each
 * time. None of them is a path, an address or an identity, and none loosens what is promised about
 * data that is stored.
 */
export const changeableOptions = [
  'brokerPermission',
  'autoCreateTopicEnable',
  'autoCreateSubscriptionGroup',
  'clearRetryTopicWhenDeleteTopic',
  'maxMessageSize',
  'maxPutBytesInFlight',
  'sendThreadPoolQueueCapacity',
  'pullThreadPoolQueueCapacity',
  'maxRequestBytesInWork',
  'maxRequestBytesInWorkPerConnection',
  'maxControlBodySize',
  'maxSubscriptionsPerHeartbeat',
  'maxUnsentBytesPerConnection',
  'maxUnsentBytes',
  'startAcceptSendRequestTimeStamp',
  'storeReplyMessageEnable',
  'litePullMessageEnable',
  'enablePropertyFilter',
  'useServerSideResetOffset',
  'notifyConsumerIdsChangedEnable',
  'channelExpiredTimeout',
  'subscriptionExpiredTimeout',
  'timerMaxDelaySec',
  'maxPendingTimerMessages',
  'recallMessageEnable',
  'rejectTransactionMessage',
  'transactionTimeOut',
  'transactionCheckMax',
] as const satisfies readonly (keyof BrokerOptions)[];

const isChangeable = (name: string): boolean => (changeableOptions as readonly string[]).includes(name);

/**
 * Reads settings that are to be changed in a running broker.
 * @throws ConfigurationError an unknown name, one that counts only at the start, a bad value
 */
export function parseChanges(settings: Readonly<Record<string, string>>): Partial<BrokerOptions> {
  const changes: Record<string, unknown> = {};
  for (const [name, text] of Object.entries(settings)) {
    if (!Object.hasOwn(brokerSettings.defaults, name)) throw unknownSetting('a broker', name, changeableOptions);
    if (!isChangeable(name)) {
      throw new ConfigurationError(name, 'cannot be changed while the broker runs; set it where the broker is started');
    }
    changes[name] = parseSetting(brokerSettings, name, text);
  }
  return changes;
}
