import { adminCommand } from '../../admin-command.js';
import { required } from '../../option-table.js';
import { timeText } from '../../output/time.js';

export const topicStatus = adminCommand({
  name: 'topicStatus',
  group: 'Topics:',
  about: 'what is in the queues of a topic',
  options: { topic: required('-t, --topic <topic>', 'its name') },
  async run({ admin, output }, { topic }) {
    const statistics = await admin.topics.statistics(topic);
    const rows = statistics.queues.map(({ queue, minOffset, maxOffset, lastUpdateTimestamp }) => [
      queue.brokerName,
      queue.queueId,
      minOffset,
      maxOffset,
      timeText(lastUpdateTimestamp),
    ]);
    output.table(statistics, ['Broker', 'Queue', 'Min offset', 'Max offset', 'Last message'], rows);
    output.note(`${statistics.topicPutTps.toFixed(2)} messages a second are sent to it.`);
  },
});
