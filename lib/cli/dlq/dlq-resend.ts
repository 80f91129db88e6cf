import type { ReceivedMessage } from '../../engine/index.js';
import { adminCommand, type CommandContext } from '../admin-command.js';
import { messageAsJson } from '../commands/messages/message-text.js';
import { CommandError, UsageError } from '../errors.js';
import { argument, flag, optional, wholeNumber } from '../option-table.js';
import { deadLetterRow, deadLetters, deadLetterTitles } from './dlq-text.js';
import { Pace } from './pace.js';
import { isPartial, selectedOf, selectionOptions, type Selection } from './selection.js';

const DEFAULT_RATE = 100;
const MOST_SHOWN = 100;

export const dlqResend = adminCommand({
  name: 'resend',
  group: 'Watching and mending:',
  about: 'gives dead letters to their group again; what was resent no longer waits',
  options: {
    group: argument('<group>', 'the consumer group'),
    ...selectionOptions,
    toTopic: optional('--to-topic <topic>', 'to every group that consumes this topic, instead of to this group alone'),
    rate: optional('--rate <n>', 'at most so many a second', wholeNumber, DEFAULT_RATE),
    isDryRun: flag('--dry-run', 'only show which'),
  },
  async run(context, { group, toTopic, rate, isDryRun, ...selection }) {
    if (rate === 0) throw new UsageError('--rate 0 would resend nothing; leave it out, or give messages a second');
    if (isDryRun) {
      await showSelected(context, group, selection);
      return;
    }
    const { resent, isInterrupted } = await resendSelected(context, { group, toTopic, rate, selection });
    const text = `Resent ${deadLetters(resent)} of ${group}.`;
    context.output.print({ group, resent, isInterrupted }, text);
    if (isInterrupted) throw new CommandError(`interrupted; the other dead letters still wait: run it again to go on`);
  },
});

async function showSelected(context: CommandContext, group: string, selection: Selection): Promise<void> {
  const first: ReceivedMessage[] = [];
  let count = 0;
  for await (const { message } of selectedOf(context, group, selection)) {
    if (++count <= MOST_SHOWN) first.push(message);
  }
  context.output.table(first.map(messageAsJson), deadLetterTitles, first.map(deadLetterRow), 'Nothing to resend.');
  if (count > 0) context.output.note(`Would resend ${deadLetters(count)} of ${group}.`);
}

interface Resending {
  readonly group: string;
  readonly toTopic: string | undefined;
  readonly rate: number;
  readonly selection: Selection;
}

/**
 * One after the other, each settled when it is stored: whatever ends this, at most the one that was on its way is
 * there twice, and none is lost.
 */
async function resendSelected(
  context: CommandContext,
  { group, toTopic, rate, selection }: Resending,
): Promise<{ resent: number; isInterrupted: boolean }> {
  const { admin, output, clock } = context;
  const signal = context.interruption();
  const { waiting, stored } = await admin.deadLetters.count(group);
  const total = Math.min(selection.count ?? Infinity, selection.all ? stored : waiting);
  const isSettling = !isPartial(selection);
  const pace = new Pace(clock, rate);
  const bar = output.progress('resending');
  let resent = 0;
  try {
    for await (const { queue, message } of selectedOf(context, group, selection)) {
      await pace.turn(signal).catch(() => undefined); // an abort is seen below
      if (signal.aborted) return { resent, isInterrupted: true };
      await admin.deadLetters.resend(group, message, toTopic);
      if (isSettling) await admin.deadLetters.settle(queue, message.queueOffset + 1);
      bar.update(++resent, total);
    }
  } finally {
    bar.clear();
  }
  return { resent, isInterrupted: false };
}
