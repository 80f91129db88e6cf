import { adminCommand } from '../../admin-command.js';
import { optional, required, trueOrFalse } from '../../option-table.js';
import { showReset } from './show-reset.js';

export const skipAccumulatedMessage = adminCommand({
  name: 'skipAccumulatedMessage',
  group: 'Offsets:',
  about: 'has a group go on behind the last message, whatever it has not consumed yet',
  options: {
    group: required('-g, --group <group>', 'the group'),
    topic: required('-t, --topic <topic>', 'the topic'),
    force: optional('-f, --force <bool>', 'taken for the sake of mqadmin', trueOrFalse),
  },
  async run({ admin, output }, { group, topic }) {
    showReset(output, await admin.offsets.reset(group, topic, { timestamp: -1 }));
  },
});
