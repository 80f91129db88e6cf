import { adminCommand } from '../../admin-command.js';
import { CommandError } from '../../errors.js';
import { optional, required } from '../../option-table.js';
import { renderFields, renderTable } from '../../output/table.js';
import { versionName } from '../../output/version-name.js';

export const consumerConnection = adminCommand({
  name: 'consumerConnection',
  group: 'Clients:',
  about: 'the consumers of a group that are connected, and what they subscribe to',
  options: {
    group: required('-g, --consumerGroup <group>', 'the group'),
    address: optional('-b, --brokerAddr <address>', 'as this broker knows them'),
  },
  async run({ admin, output }, { group, address }) {
    const online = await admin.clients.consumers(group, address);
    if (online === undefined) throw new CommandError(`no consumer of ${group} is online`);
    const clients = online.connections.map(({ clientId, clientAddr, language, version }) => [
      clientId,
      clientAddr,
      language,
      versionName(version),
    ]);
    const subscriptions = online.subscriptions.map(({ topic, expressionType, subString }) => [
      topic,
      expressionType,
      subString,
    ]);
    const text = [
      renderTable(['Client', 'Address', 'Language', 'Version'], clients),
      renderTable(['Topic', 'Type', 'Expression'], subscriptions),
      renderFields([
        ['Consume type', online.consumeType],
        ['Message model', online.messageModel],
        ['Consume from', online.consumeFromWhere],
      ]),
    ];
    output.print(online, text.join('\n\n'));
  },
});
