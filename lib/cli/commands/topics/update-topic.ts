import { MASTER_ID } from '../../../engine/index.js';
import { adminCommand, type CommandContext } from '../../admin-command.js';
import { optional, required, trueOrFalse, wholeNumber } from '../../option-table.js';
import { brokerTarget, targetOf } from '../broker-target.js';
import { permission } from '../permission.js';

const [UNIT, UNIT_SUBSCRIPTION] = [1, 2];

export const updateTopic = adminCommand({
  name: 'updateTopic',
  group: 'Topics:',
  about: 'creates a topic, or changes its settings',
  options: {
    ...brokerTarget,
    topic: required('-t, --topic <topic>', 'its name'),
    readQueueNums: optional('-r, --readQueueNums <n>', 'queues per broker to read from', wholeNumber, 8),
    writeQueueNums: optional('-w, --writeQueueNums <n>', 'queues per broker to write to', wholeNumber, 8),
    perm: optional('-p, --perm <perm>', '2 write, 4 read, 6 both', permission, 6),
    order: optional(
      '-o, --order <bool>',
      'producers keep to the queues of its order configuration',
      trueOrFalse,
      false,
    ),
    attributes: optional('-a, --attributes <changes>', '+name=value,-name'),
    isUnit: optional('-u, --unit <bool>', 'a unit topic', trueOrFalse, false),
    hasUnitSub: optional('-s, --hasUnitSub <bool>', 'has a unit subscription', trueOrFalse, false),
  },
  async run(context, { topic, isUnit, hasUnitSub, address, cluster, ...settings }) {
    const { admin, output } = context;
    const target = targetOf({ address, cluster });
    const topicSysFlag = (isUnit ? UNIT : 0) + (hasUnitSub ? UNIT_SUBSCRIPTION : 0);
    const brokers = await admin.brokers.addresses(target);
    await admin.topics.create(topic, { ...settings, ...target, topicSysFlag });
    if (settings.order) await putOrderConf(context, topic, brokers, settings.writeQueueNums);
    output.print({ topic, ...settings, topicSysFlag, brokers }, `Topic ${topic} is on ${brokers.join(', ')}.`);
  },
});

/** An ordered topic's messages stay in these queues, whatever is alive. */
async function putOrderConf(
  { admin }: CommandContext,
  topic: string,
  brokers: string[],
  queues: number,
): Promise<void> {
  const names = (await admin.brokers.list())
    .filter(({ brokerId, address }) => brokerId === MASTER_ID && brokers.includes(address))
    .map(({ brokerName }) => `${brokerName}:${queues}`);
  await admin.nameServers.putOrderConf(topic, names.join(';'));
}
