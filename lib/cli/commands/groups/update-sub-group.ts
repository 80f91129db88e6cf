import { InvalidArgumentError } from 'commander';
import type { SubscriptionGroupConfig } from '../../../engine/index.js';
import { adminCommand } from '../../admin-command.js';
import { integer, optional, required, trueOrFalse, wholeNumber } from '../../option-table.js';
import { brokerTarget, targetOf } from '../broker-target.js';

export const updateSubGroup = adminCommand({
  name: 'updateSubGroup',
  group: 'Consumer groups:',
  about: 'creates a consumer group, or changes its settings',
  options: {
    ...brokerTarget,
    group: required('-g, --groupName <group>', 'its name'),
    consumeEnable: optional('-s, --consumeEnable <bool>', 'may consume', trueOrFalse),
    consumeFromMinEnable: optional(
      '-m, --consumeFromMinEnable <bool>',
      'may begin with the first message',
      trueOrFalse,
    ),
    consumeBroadcastEnable: optional('-d, --consumeBroadcastEnable <bool>', 'may broadcast', trueOrFalse),
    consumeMessageOrderly: optional('-o, --consumeMessageOrderly <bool>', 'consumes in order', trueOrFalse),
    retryQueueNums: optional('-q, --retryQueueNums <n>', 'queues of its retry topic', wholeNumber),
    retryMaxTimes: optional('-r, --retryMaxTimes <n>', 'deliveries before a message is a dead letter', integer),
    groupRetryPolicy: optional('-p, --groupRetryPolicy <json>', '{"type":"CUSTOMIZED"}', jsonObject),
    brokerId: optional('-i, --brokerId <id>', 'broker of a set to consume from', wholeNumber),
    whichBrokerWhenConsumeSlowly: optional('-w, --whichBrokerWhenConsumeSlowly <id>', 'and when it lags', wholeNumber),
    notifyConsumerIdsChangedEnable: optional(
      '-a, --notifyConsumerIdsChanged <bool>',
      'tell its consumers when one comes or goes',
      trueOrFalse,
    ),
  },
  async run({ admin, output }, { group, address, cluster, ...given }) {
    const target = targetOf({ address, cluster });
    const settings = Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined));
    const brokers = await admin.brokers.addresses(target);
    await admin.groups.create(group, settings, target);
    output.print({ group, ...settings, brokers }, `Group ${group} is on ${brokers.join(', ')}.`);
  },
});

function jsonObject(text: string): SubscriptionGroupConfig['groupRetryPolicy'] {
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) {
      return value as SubscriptionGroupConfig['groupRetryPolicy'];
    }
  } catch {
    // said below
  }
  throw new InvalidArgumentError('a JSON object is needed.');
}
