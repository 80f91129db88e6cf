import type { LaidAsideQueue } from '../../engine/index.js';
import { adminCommand, type CommandContext } from '../admin-command.js';
import { argument, flag, moment, optional } from '../option-table.js';
import { deadLetters } from './dlq-text.js';

export const dlqPurge = adminCommand({
  name: 'purge',
  group: 'Watching and mending:',
  about: "gives a group's dead letters up: they no longer wait; their bytes go when the log expires",
  options: {
    group: argument('<group>', 'the consumer group'),
    before: optional(
      '--before <time>',
      'only those that died before (milliseconds or yyyy-MM-dd#HH:mm:ss:SSS)',
      moment,
    ),
    isDryRun: flag('--dry-run', 'only say how many'),
  },
  async run(context, { group, before, isDryRun }) {
    const { admin, output } = context;
    let purged = 0;
    for (const queue of await admin.deadLetters.queues(group)) {
      const end = await endOf(context, queue, before);
      if (end <= queue.begin) continue;
      purged += end - queue.begin;
      if (!isDryRun) await admin.deadLetters.settle(queue, end);
    }
    const did = isDryRun ? 'Would purge' : 'Purged';
    output.print({ group, purged, isDryRun }, `${did} ${deadLetters(purged)} of ${group}.`);
  },
});

async function endOf({ admin }: CommandContext, { queue, end }: LaidAsideQueue, before?: number): Promise<number> {
  return before === undefined ? end : Math.min(end, await admin.offsets.search(queue, before));
}
