import { adminCommand } from '../../admin-command.js';
import { required } from '../../option-table.js';
import { renderFields } from '../../output/table.js';

export const getNamesrvConfig = adminCommand({
  name: 'getNamesrvConfig',
  group: 'Name servers:',
  about: 'the settings of each name server',
  options: {},
  async run({ admin, output }) {
    const configs = await admin.nameServers.configs();
    const text = Object.entries(configs).map(
      ([address, config]) => `${address}\n${renderFields(Object.entries(config).sort())}`,
    );
    output.print(configs, text.join('\n\n'));
  },
});

export const updateNamesrvConfig = adminCommand({
  name: 'updateNamesrvConfig',
  group: 'Name servers:',
  about: 'changes a setting of all name servers',
  options: {
    key: required('-k, --key <name>', 'the setting'),
    value: required('-v, --value <value>', 'its value'),
  },
  async run({ admin, output }, { key, value }) {
    await admin.nameServers.updateConfig({ [key]: value });
    const { addresses } = admin.nameServers;
    output.print({ key, value, nameServers: addresses }, `${key} is ${value} on ${addresses.join(', ')}.`);
  },
});
