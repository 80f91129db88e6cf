import { adminCommand } from '../../admin-command.js';
import { UsageError } from '../../errors.js';
import { flag, moment, optional, required, trueOrFalse, wholeNumber } from '../../option-table.js';
import { showReset } from './show-reset.js';

/** Behind the last message. */
const END = -1;

export const resetOffsetByTime = adminCommand({
  name: 'resetOffsetByTime',
  group: 'Offsets:',
  about: 'has a group go on from a time, or from an offset of one queue; also while it runs',
  options: {
    group: required('-g, --group <group>', 'the group'),
    topic: required('-t, --topic <topic>', 'the topic'),
    timestamp: required('-s, --timestamp <time>', 'now, milliseconds or yyyy-MM-dd#HH:mm:ss:SSS', timeOrNow),
    address: optional('-b, --broker <address>', 'only on the broker at host:port'),
    queueId: optional('-q, --queue <id>', 'only this queue of it', wholeNumber),
    offset: optional('-o, --offset <n>', 'in that queue: this offset instead of a time', wholeNumber),
    force: optional('-f, --force <bool>', 'taken for the sake of mqadmin: it always goes back too', trueOrFalse),
    isCpp: flag('-c, --cplus', 'taken for the sake of mqadmin'),
  },
  async run({ admin, output }, { group, topic, timestamp, address, queueId, offset }) {
    if (queueId !== undefined && address === undefined) throw new UsageError('a queue (-q) needs its broker (-b)');
    if (offset !== undefined && queueId === undefined) throw new UsageError('an offset (-o) needs its queue (-q)');
    showReset(output, await admin.offsets.reset(group, topic, { timestamp, address, queueId, offset }));
  },
});

function timeOrNow(text: string): number {
  return text.trim() === 'now' ? END : moment(text);
}
