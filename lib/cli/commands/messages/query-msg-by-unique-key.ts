import { adminCommand } from '../../admin-command.js';
import { CommandError, UsageError } from '../../errors.js';
import { flag, optional, required } from '../../option-table.js';
import { messageAsJson, messageAsText } from './message-text.js';
import { messageTracks, tracksAsText } from './message-tracks.js';

export const queryMsgByUniqueKey = adminCommand({
  name: 'queryMsgByUniqueKey',
  group: 'Messages:',
  about: 'shows the message with a unique id and who has had it; or gives it to one consumer now',
  options: {
    topic: required('-t, --topic <topic>', 'its topic'),
    id: required('-i, --msgId <id>', 'the unique id'),
    group: optional('-g, --consumerGroup <group>', 'with -d: the group of the consumer'),
    clientId: optional('-d, --clientId <id>', 'give the message to this consumer'),
    all: flag('-a, --showAll', 'every place it is stored at, up to 32'),
  },
  async run({ admin, output }, { topic, id, group, clientId, all }) {
    if ((group === undefined) !== (clientId === undefined)) throw new UsageError('-g and -d belong together');
    const found = await admin.messages.byUniqueId(topic, id, { maxCount: 32 });
    if (found.length === 0) throw new CommandError(`${topic} has no message ${id}`);
    if (group !== undefined && clientId !== undefined) {
      const result = await admin.messages.consumeDirectly(group, clientId, found[0]);
      output.item(result, `${clientId}: ${result.consumeResult} after ${result.spentTimeMills} ms`);
      return;
    }
    for (const message of all ? found : found.slice(0, 1)) {
      const tracks = await messageTracks(admin, message);
      output.item({ ...messageAsJson(message), tracks }, `${messageAsText(message)}\n\n${tracksAsText(tracks)}`);
    }
  },
});
