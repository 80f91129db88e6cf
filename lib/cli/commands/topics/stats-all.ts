import { MASTER_ID, isDeadLetterTopic, isRetryTopic, type AdminClient } from '../../../engine/index.js';
import { adminCommand } from '../../admin-command.js';
import { flag, optional } from '../../option-table.js';
import { counted } from '../counted.js';

interface TopicActivity {
  readonly topic: string;
  readonly group?: string;
  readonly accumulation: number;
  readonly inTps: number;
  readonly outTps: number;
  readonly in24Hours: number;
  readonly out24Hours: number;
}

export const statsAll = adminCommand({
  name: 'statsAll',
  group: 'Topics:',
  about: 'what goes in and out: by topic and consumer group',
  options: {
    activeOnly: flag('-a, --activeTopic', 'only topics that anything went into or out of today'),
    topic: optional('-t, --topic <topic>', 'only this one'),
  },
  async run({ admin, output }, { activeOnly, topic }) {
    const names = (await admin.topics.names()).sort().filter((name) => !isRetryTopic(name) && !isDeadLetterTopic(name));
    const activity: TopicActivity[] = [];
    const bar = output.progress('asking');
    for (const [i, name] of names.entries()) {
      bar.update(i, names.length);
      if (topic === undefined || topic === name) activity.push(...(await activityOf(admin, name)));
    }
    bar.clear();
    const shown = activity.filter(({ in24Hours, out24Hours }) => !activeOnly || in24Hours + out24Hours > 0);
    const rows = shown.map(({ topic: name, group, accumulation, inTps, outTps, in24Hours, out24Hours }) => [
      name,
      group,
      accumulation,
      inTps.toFixed(2),
      outTps.toFixed(2),
      in24Hours,
      out24Hours,
    ]);
    output.table(shown, ['Topic', 'Group', 'Accumulation', 'In/s', 'Out/s', 'In 24 h', 'Out 24 h'], rows);
  },
});

/** A row for each group that consumes the topic; one without a group when none does. */
async function activityOf(admin: AdminClient, topic: string): Promise<TopicActivity[]> {
  const masters = (await admin.topics.route(topic)).brokerDatas.flatMap(
    ({ brokerAddrs }) => brokerAddrs[MASTER_ID] ?? [],
  );
  const groups = await admin.topics.groups(topic);
  const put = await countedOnAll(admin, masters, 'TOPIC_PUT_NUMS', topic);
  const incoming = { topic, inTps: put.tps, in24Hours: put.sum };
  if (groups.length === 0) return [{ ...incoming, accumulation: 0, outTps: 0, out24Hours: 0 }];
  return Promise.all(
    groups.map(async (group) => {
      const got = await countedOnAll(admin, masters, 'GROUP_GET_NUMS', `${topic}@${group}`);
      const progress = await admin.offsets.progress(group, topic);
      const accumulation = progress.reduce((sum, { lag }) => sum + lag, 0);
      return { ...incoming, group, accumulation, outTps: got.tps, out24Hours: got.sum };
    }),
  );
}

async function countedOnAll(
  admin: AdminClient,
  brokers: readonly string[],
  name: 'TOPIC_PUT_NUMS' | 'GROUP_GET_NUMS',
  key: string,
): Promise<{ tps: number; sum: number }> {
  const all = await Promise.all(brokers.map((address) => counted(admin, address, name, key)));
  return { tps: all.reduce((total, { tps }) => total + tps, 0), sum: all.reduce((total, { sum }) => total + sum, 0) };
}
