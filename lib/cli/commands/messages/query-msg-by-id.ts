import type { ReceivedMessage } from '../../../engine/index.js';
import { adminCommand, type CommandContext } from '../../admin-command.js';
import { CommandError, UsageError } from '../../errors.js';
import { optional, required, trueOrFalse } from '../../option-table.js';
import { bodyFormatOption } from './body-format.js';
import { messageAsJson, messageAsText } from './message-text.js';
import { messageTracks, tracksAsText } from './message-tracks.js';

export const queryMsgById = adminCommand({
  name: 'queryMsgById',
  group: 'Messages:',
  about: 'shows a message and who has had it; or sends it again; or gives it to one consumer now',
  options: {
    topic: required('-t, --topic <topic>', 'its topic'),
    ids: required('-i, --msgId <ids>', 'offset message id or unique id; several are separated by ,', (text) =>
      text.split(','),
    ),
    group: optional('-g, --consumerGroup <group>', 'with -d: the group of the consumer'),
    clientId: optional('-d, --clientId <id>', 'give the message to this consumer'),
    resend: optional('-s, --sendMessage <bool>', 'send the message again', trueOrFalse, false),
    format: bodyFormatOption,
  },
  async run(context, { topic, ids, group, clientId, resend, format }) {
    const { admin, output } = context;
    if ((group === undefined) !== (clientId === undefined)) throw new UsageError('-g and -d belong together');
    for (const id of ids) {
      const message = await admin.messages.view(topic, id.trim());
      if (message === undefined) throw new CommandError(`${topic} has no message ${id}`);
      if (resend) await sendAgain(context, message);
      else if (group !== undefined && clientId !== undefined) await give(context, message, group, clientId);
      else {
        const tracks = await messageTracks(admin, message);
        const text = `${messageAsText(message, format)}\n\n${tracksAsText(tracks)}`;
        output.item({ ...messageAsJson(message), tracks }, text);
      }
    }
  },
});

/** To the topic, so to every group; with the id of a new message. */
async function sendAgain({ engine, output }: CommandContext, message: ReceivedMessage): Promise<void> {
  const producer = engine.createProducer({ group: 'RESEND_MSG_BY_ID' });
  await producer.start();
  const { topic, body, tag, keys, flag } = message;
  const result = await producer.send({ topic, body, tag, keys, flag });
  output.item(result, `${message.messageId} is sent again: ${result.status} ${result.messageId}`);
}

async function give(
  { admin, output }: CommandContext,
  message: ReceivedMessage,
  group: string,
  clientId: string,
): Promise<void> {
  const result = await admin.messages.consumeDirectly(group, clientId, message);
  output.item(result, `${clientId}: ${result.consumeResult} after ${result.spentTimeMills} ms ${result.remark ?? ''}`);
}
