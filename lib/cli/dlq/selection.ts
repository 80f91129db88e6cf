import { InvalidArgumentError } from 'commander';
import type { CommandContext } from '../admin-command.js';
import type { LaidAsideQueue, ReceivedMessage } from '../../engine/index.js';
import { flag, moment, optional, wholeNumber, type OptionValues } from '../option-table.js';

/** Which dead letters a command is about. */
export const selectionOptions = {
  ids: optional('--id <ids>', 'only these, by message id, separated by commas', list),
  key: optional('--key <key>', 'only those with this key'),
  tag: optional('--tag <tag>', 'only those with this tag'),
  since: optional('--since <time>', 'only those that died since (milliseconds or yyyy-MM-dd#HH:mm:ss:SSS)', moment),
  count: optional('--count <n>', 'at most so many', wholeNumber),
  all: flag('--all', 'also those that were resent or purged before, as far as they are still stored'),
};

export type Selection = OptionValues<typeof selectionOptions>;

/** Whether some of what waits is left out: then what waits cannot be settled up to a place. */
export function isPartial({ ids, key, tag, since, all }: Selection): boolean {
  return all || [ids, key, tag, since].some((choice) => choice !== undefined);
}

export function isSelected(message: ReceivedMessage, { ids, key, tag, since }: Selection): boolean {
  return (
    (ids === undefined || ids.includes(message.messageId) || ids.includes(message.offsetMessageId)) &&
    (key === undefined || message.keys.includes(key)) &&
    (tag === undefined || message.tag === tag) &&
    (since === undefined || message.storeTimestamp >= since)
  );
}

export interface DeadLetter {
  readonly queue: LaidAsideQueue;
  readonly message: ReceivedMessage;
}

/** The selected dead letters of a group, queue by queue, oldest first. @throws TopicNotFoundError the group has none */
export async function* selectedOf(
  { admin }: Pick<CommandContext, 'admin'>,
  group: string,
  selection: Selection,
): AsyncGenerator<DeadLetter> {
  let left = selection.count ?? Infinity;
  for (const queue of await admin.deadLetters.queues(group, selection.all)) {
    if (left <= 0) return;
    for await (const message of admin.deadLetters.read(queue)) {
      if (!isSelected(message, selection)) continue;
      yield { queue, message };
      if (--left <= 0) break;
    }
  }
}

function list(text: string): string[] {
  const items = text.split(',').map((item) => item.trim());
  if (items.includes('')) throw new InvalidArgumentError('ids separated by commas are needed.');
  return items;
}
