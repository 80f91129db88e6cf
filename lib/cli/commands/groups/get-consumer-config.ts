import { MASTER_ID } from '../../../engine/index.js';
import { adminCommand } from '../../admin-command.js';
import { CommandError } from '../../errors.js';
import { required } from '../../option-table.js';
import { renderFields, type Cell } from '../../output/table.js';

export const getConsumerConfig = adminCommand({
  name: 'getConsumerConfig',
  group: 'Consumer groups:',
  about: 'settings of a consumer group, by broker',
  options: { group: required('-g, --groupName <group>', 'its name') },
  async run({ admin, output }, { group }) {
    const masters = (await admin.brokers.list()).filter(({ brokerId }) => brokerId === MASTER_ID);
    const answers = await Promise.all(
      masters.map(async (broker) => ({ ...broker, config: await admin.groups.config(group, broker.address) })),
    );
    const found = answers.filter(({ config }) => config !== undefined);
    if (found.length === 0) throw new CommandError(`no broker knows the group ${group}; updateSubGroup creates it`);
    const text = found.map(({ cluster, brokerName, config }) =>
      [`${cluster} ${brokerName}`, renderFields(Object.entries(config ?? {}).map(field))].join('\n'),
    );
    output.print(found, text.join('\n\n'));
  },
});

function field([name, value]: [string, unknown]): [string, Cell] {
  return [name, typeof value === 'object' ? JSON.stringify(value) : (value as Cell)];
}
