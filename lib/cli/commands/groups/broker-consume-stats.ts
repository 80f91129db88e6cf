import { adminCommand } from '../../admin-command.js';
import { optional, required, trueOrFalse, wholeNumber } from '../../option-table.js';
import { timeText } from '../../output/time.js';

export const brokerConsumeStats = adminCommand({
  name: 'brokerConsumeStats',
  group: 'Consumer groups:',
  about: 'how far every group of one broker is',
  options: {
    address: required('-b, --brokerAddr <address>', 'the broker at host:port'),
    timeoutMs: optional('-t, --timeoutMillis <ms>', 'how long to wait for the answer', wholeNumber, 50_000),
    level: optional('-l, --level <n>', 'only queues with such a lag or a greater one', wholeNumber, 0),
    isOrder: optional('-o, --order <bool>', 'only ordered topics', trueOrFalse, false),
  },
  async run({ admin, output }, { address, timeoutMs, level, isOrder }) {
    const { groups, totalDiff, totalInflightDiff } = await admin.offsets.statisticsOfBroker(address, {
      isOrder,
      timeoutMs,
    });
    const queues = groups
      .flatMap(({ group, statistics }) =>
        statistics.flatMap((each) => each.queues.map((queue) => ({ group, ...queue }))),
      )
      .map((queue) => ({ ...queue, lag: queue.brokerOffset - queue.consumerOffset }))
      .filter(({ lag }) => lag >= level);
    const rows = queues.map(({ group, queue, brokerOffset, consumerOffset, lag, lastTimestamp }) => [
      queue.topic,
      group,
      queue.brokerName,
      queue.queueId,
      brokerOffset,
      consumerOffset,
      lag,
      timeText(lastTimestamp),
    ]);
    const titles = ['Topic', 'Group', 'Broker', 'Queue', 'Broker offset', 'Group offset', 'Lag', 'Consumed up to'];
    output.table({ address, queues, totalDiff, totalInflightDiff }, titles, rows);
    output.note(`Lag of all groups: ${totalDiff} messages, ${totalInflightDiff} of them in flight.`);
  },
});
