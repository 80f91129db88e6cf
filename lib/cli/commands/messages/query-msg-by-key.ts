import { adminCommand } from '../../admin-command.js';
import { optional, required, wholeNumber } from '../../option-table.js';
import { timeText } from '../../output/time.js';
import { messageAsJson } from './message-text.js';

export const queryMsgByKey = adminCommand({
  name: 'queryMsgByKey',
  group: 'Messages:',
  about: 'messages with a key, newest first',
  options: {
    topic: required('-t, --topic <topic>', 'their topic'),
    key: required('-k, --msgKey <key>', 'the key'),
    begin: optional('-b, --beginTimestamp <ms>', 'stored then or later', wholeNumber),
    end: optional('-e, --endTimestamp <ms>', 'stored then or earlier', wholeNumber),
    maxCount: optional('-m, --maxNum <n>', 'at most so many', wholeNumber, 64),
  },
  async run({ admin, output }, { topic, key, ...query }) {
    const found = await admin.messages.byKey(topic, key, query);
    const rows = found.map(({ messageId, brokerName, queueId, queueOffset, storeTimestamp }) => [
      messageId,
      brokerName,
      queueId,
      queueOffset,
      timeText(storeTimestamp),
    ]);
    output.table(found.map(messageAsJson), ['Message id', 'Broker', 'Queue', 'Offset', 'Stored'], rows);
  },
});
