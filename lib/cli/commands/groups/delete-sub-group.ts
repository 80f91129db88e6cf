import { adminCommand } from '../../admin-command.js';
import { optional, required, trueOrFalse } from '../../option-table.js';
import { brokerTarget, targetOf } from '../broker-target.js';

export const deleteSubGroup = adminCommand({
  name: 'deleteSubGroup',
  group: 'Consumer groups:',
  about: 'deletes a consumer group',
  options: {
    ...brokerTarget,
    group: required('-g, --groupName <group>', 'its name'),
    cleanOffset: optional('-r, --removeOffset <bool>', 'also its progress', trueOrFalse, false),
  },
  async run({ admin, output }, { group, cleanOffset, ...given }) {
    const target = targetOf(given);
    const brokers = await admin.brokers.addresses(target);
    await admin.groups.delete(group, { cleanOffset, ...target });
    output.print({ group, cleanOffset, brokers }, `Group ${group} is deleted from ${brokers.join(', ')}.`);
  },
});
