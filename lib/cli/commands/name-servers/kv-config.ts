import { adminCommand } from '../../admin-command.js';
import { required } from '../../option-table.js';

const place = {
  namespace: required('-s, --namespace <name>', 'where'),
  key: required('-k, --key <key>', 'its key'),
};

export const updateKvConfig = adminCommand({
  name: 'updateKvConfig',
  group: 'Name servers:',
  about: 'keeps a value at the name servers',
  options: { ...place, value: required('-v, --value <value>', 'the value') },
  async run({ admin, output }, { namespace, key, value }) {
    await admin.nameServers.putKvConfig(namespace, key, value);
    output.print({ namespace, key, value }, `${namespace}/${key} is ${value}.`);
  },
});

export const deleteKvConfig = adminCommand({
  name: 'deleteKvConfig',
  group: 'Name servers:',
  about: 'deletes a value from the name servers',
  options: place,
  async run({ admin, output }, { namespace, key }) {
    await admin.nameServers.deleteKvConfig(namespace, key);
    output.print({ namespace, key }, `${namespace}/${key} is deleted.`);
  },
});
