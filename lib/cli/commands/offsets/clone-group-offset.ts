import { adminCommand } from '../../admin-command.js';
import { optional, required, trueOrFalse } from '../../option-table.js';

export const cloneGroupOffset = adminCommand({
  name: 'cloneGroupOffset',
  group: 'Offsets:',
  about: 'gives a group the progress of another',
  options: {
    source: required('-s, --srcGroup <group>', 'whose progress'),
    destination: required('-d, --destGroup <group>', 'who gets it'),
    topic: required('-t, --topic <topic>', 'in which topic'),
    offline: optional('-o, --offline <bool>', 'taken for the sake of mqadmin', trueOrFalse),
  },
  async run({ admin, output }, { source, destination, topic }) {
    await admin.offsets.clone(source, destination, topic);
    output.print({ source, destination, topic }, `${destination} is in ${topic} where ${source} is.`);
  },
});
