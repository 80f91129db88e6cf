import {
  RocketMqError,
  sleep,
  type MessageQueue,
  type PullConsumer,
  type PullOutcome,
  type ReceivedMessage,
} from '../../engine/index.js';
import { adminCommand, type CommandContext } from '../admin-command.js';
import { messageAsJson } from '../commands/messages/message-text.js';
import { UsageError } from '../errors.js';
import { argument, flag, optional, wholeNumber } from '../option-table.js';
import { startOf, type Start } from './start.js';
import { tailLine } from './tail-text.js';

/** Its offsets are nobody's, and a tail keeps none. */
const READER_GROUP = 'TOOLS_CONSUMER';
const SUSPEND_MS = 15_000;
const RETRY_PAUSE_MS = 1000;

export const tail = adminCommand({
  name: 'tail',
  group: 'Watching and mending:',
  about: 'prints the messages of a topic as they come, without being a consumer: no group notices',
  options: {
    topic: argument('<topic>', 'the topic'),
    tag: optional('--tag <expression>', "tags: 'TagA || TagB'"),
    sql: optional('--sql <expression>', "properties: 'price > 10' (the broker needs enablePropertyFilter)"),
    from: optional(
      '--from <where>',
      'first, last, or a time (milliseconds or yyyy-MM-dd#HH:mm:ss:SSS)',
      startOf,
      'last',
    ),
    count: optional('--count <n>', 'end after so many', wholeNumber),
    isBounded: flag('--until-end', 'end where the topic ends now'),
  },
  async run(context, { topic, tag, sql, from, count = Infinity, isBounded }) {
    if (tag !== undefined && sql !== undefined) throw new UsageError('--tag and --sql exclude each other');
    const { engine, admin, output } = context;
    const queues = await admin.topics.queues(topic);
    await using consumer = engine.createPullConsumer({ group: READER_GROUP });
    await consumer.start();
    const filter = sql === undefined ? { expression: tag } : { expression: sql, type: 'SQL92' as const };
    const ending = new AbortController();
    const interruption = context.interruption();
    interruption.addEventListener('abort', () => ending.abort(), { once: true });
    let left = count;
    const print = (message: ReceivedMessage): void => {
      if (left <= 0) return;
      output.item(messageAsJson(message), tailLine(message, output));
      if (--left <= 0) ending.abort();
    };
    const stretches = await Promise.all(queues.map((queue) => stretchOf(context, queue, from, isBounded)));
    const reading = { consumer, filter, signal: ending.signal, print };
    await Promise.all(stretches.map((stretch) => follow(stretch, reading, context)));
  },
});

interface Stretch {
  readonly queue: MessageQueue;
  readonly begin: number;
  /** Infinity: as long as messages come. */
  readonly end: number;
}

async function stretchOf(
  { admin }: CommandContext,
  queue: MessageQueue,
  from: Start,
  isBounded: boolean,
): Promise<Stretch> {
  const max = await admin.offsets.max(queue);
  const begin =
    from === 'last' ? max : from === 'first' ? await admin.offsets.min(queue) : await admin.offsets.search(queue, from);
  return { queue, begin, end: isBounded ? max : Infinity };
}

interface Reading {
  readonly consumer: PullConsumer;
  readonly filter: { readonly expression?: string; readonly type?: 'TAG' | 'SQL92' };
  readonly signal: AbortSignal;
  readonly print: (message: ReceivedMessage) => void;
}

async function follow({ queue, begin, end }: Stretch, reading: Reading, context: CommandContext): Promise<void> {
  const { signal, print } = reading;
  let offset = begin;
  while (offset < end && !signal.aborted) {
    try {
      const { messages, nextBeginOffset } = await pull(queue, offset, end === Infinity, reading);
      for (const message of messages) if (message.queueOffset < end) print(message);
      if (nextBeginOffset <= offset && end !== Infinity) return; // nothing more is stored there
      offset = nextBeginOffset;
    } catch (error) {
      if (signal.aborted) return; // it was asked to end
      if (!(error instanceof RocketMqError && error.retriable)) throw error;
      context.output.note(`${queue.brokerName}/${queue.queueId}: ${error.message}; trying again`);
      await sleep(context.clock, RETRY_PAUSE_MS, signal).catch(() => undefined); // the loop sees that it was aborted
    }
  }
}

function pull(
  queue: MessageQueue,
  offset: number,
  isWaiting: boolean,
  { consumer, filter, signal }: Reading,
): Promise<PullOutcome> {
  const options = { ...filter, signal };
  return isWaiting
    ? consumer.pullBlockIfNotFound(queue, offset, { ...options, suspendTimeoutMs: SUSPEND_MS })
    : consumer.pull(queue, offset, options);
}
