import { groupOfRetryTopic, isRetryTopic, sleep, type AdminClient } from '../../../engine/index.js';
import { adminCommand } from '../../admin-command.js';

/** Source: Apache 5.3 MonitorConfig#roundInterval. */
const ROUND_INTERVAL_MS = 60_000;

export const startMonitoring = adminCommand({
  name: 'startMonitoring',
  group: 'Consumer groups:',
  about: 'tells every minute which groups have messages to consume, until it is interrupted',
  options: {},
  async run(context) {
    const { admin, output, clock } = context;
    const interrupted = context.interruption();
    while (!interrupted.aborted) {
      for (const { group, lag } of await laggingGroups(admin)) {
        output.item(
          { at: clock.now(), group, lag },
          `${group} has ${lag} ${lag === 1 ? 'message' : 'messages'} to consume.`,
        );
      }
      await sleep(clock, ROUND_INTERVAL_MS, interrupted).catch(() => undefined); // interrupted: the loop ends
    }
  },
});

async function laggingGroups(admin: AdminClient): Promise<{ group: string; lag: number }[]> {
  const groups = (await admin.topics.names()).filter(isRetryTopic).map(groupOfRetryTopic).sort();
  const lags = await Promise.all(
    groups.map(async (group) => {
      const { queues } = await admin.offsets.statistics(group);
      return { group, lag: queues.reduce((sum, queue) => sum + queue.brokerOffset - queue.consumerOffset, 0) };
    }),
  );
  return lags.filter(({ lag }) => lag > 0);
}
