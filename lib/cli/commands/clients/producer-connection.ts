import { adminCommand } from '../../admin-command.js';
import { required } from '../../option-table.js';
import { versionName } from '../../output/version-name.js';

export const producerConnection = adminCommand({
  name: 'producerConnection',
  group: 'Clients:',
  about: 'the producers of a group that are connected to the brokers of a topic',
  options: {
    group: required('-g, --producerGroup <group>', 'the group'),
    topic: required('-t, --topic <topic>', 'the topic'),
  },
  async run({ admin, output }, { group, topic }) {
    const found = await admin.clients.producers(group, topic);
    const rows = found.map(({ clientId, clientAddr, language, version }) => [
      clientId,
      clientAddr,
      language,
      versionName(version),
    ]);
    output.table(found, ['Client', 'Address', 'Language', 'Version'], rows, `No producer of ${group} is connected.`);
  },
});
