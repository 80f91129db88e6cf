import { adminCommand } from '../../admin-command.js';
import { optional, required, wholeNumber } from '../../option-table.js';
import { timeText } from '../../output/time.js';

export const queryMsgTraceById = adminCommand({
  name: 'queryMsgTraceById',
  group: 'Messages:',
  about: 'what clients have written down of a message: by whom it was sent and consumed',
  options: {
    id: required('-i, --msgId <id>', 'the unique id'),
    traceTopic: optional('-t, --traceTopic <topic>', 'where traces are kept'),
    begin: optional('-b, --beginTimestamp <ms>', 'traced then or later', wholeNumber),
    end: optional('-e, --endTimestamp <ms>', 'traced then or earlier', wholeNumber),
    maxCount: optional('-c, --maxNum <n>', 'at most so many messages of traces', wholeNumber, 64),
  },
  async run({ admin, output }, { id, ...query }) {
    const traces = await admin.traces.ofMessage(id, query);
    const rows = traces.map(({ type, group, clientHost, timestamp, costMs, success }) => [
      type,
      group,
      clientHost,
      timeText(timestamp ?? 0),
      costMs,
      success === undefined ? undefined : success ? 'success' : 'failed',
    ]);
    const none = `Nobody has traced ${id}.`;
    output.table(traces, ['Type', 'Group', 'Client', 'At', 'Took (ms)', 'Status'], rows, none);
  },
});
