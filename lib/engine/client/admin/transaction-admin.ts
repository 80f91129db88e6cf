import { TopicNotFoundError } from '../../common/errors.js';
import type { ReceivedMessage } from '../../message/message.js';
import { PropertyName } from '../../message/property-names.js';
import { SystemTopic, TRANSACTION_GROUP } from '../../message/topic-names.js';
import { checkTimesOf, decidedOffsets, transactionKey } from '../../message/transaction-records.js';
import type { LaidAside, LaidAsideQueue } from './laid-aside.js';
import type { MessageAdmin } from './message-admin.js';
import type { OffsetAdmin, QueueProgress } from './offset-admin.js';

/** A transaction that nobody has decided. */
export interface UndecidedTransaction {
  /** PENDING: its producer is asked about it. GIVEN_UP: it was asked too often or is too old, and waits for an operator. */
  readonly state: 'PENDING' | 'GIVEN_UP';
  /** Where the message goes when it is committed. */
  readonly topic: string;
  readonly producerGroup: string;
  readonly messageId: string;
  readonly bornTimestamp: number;
  /** How often its producer was asked. */
  readonly checkTimes: number;
  /** As it is stored now. */
  readonly message: ReceivedMessage;
}

const READ_COUNT = 32;
const DEFAULT_LIMIT = 10_000;

/** Transactions between their half message and their end. Source: Apache 5.3 TransactionalMessageServiceImpl. */
export class TransactionAdmin {
  constructor(
    private readonly messages: MessageAdmin,
    private readonly offsets: OffsetAdmin,
    private readonly aside: LaidAside,
  ) {}

  /**
   * Those that brokers still ask about, oldest first. A broker writes down what was decided with a short delay (3 s by
   * default), so that what has just been decided may still be here. @param limit of half messages that are looked at
   */
  async pending(limit = DEFAULT_LIMIT): Promise<UndecidedTransaction[]> {
    const halves = await this.stretches(SystemTopic.half);
    const ops = await this.stretches(SystemTopic.op);
    const found = await Promise.all(
      halves.map(async ({ queue, consumerOffset = 0, brokerOffset }) => {
        if (consumerOffset >= brokerOffset) return [];
        const op = ops.find((each) => each.queue.brokerName === queue.brokerName);
        const decided = new Set(op ? (await this.readAll(op, limit)).flatMap(decidedOffsets) : []);
        return undecided(await this.readAll({ queue, consumerOffset, brokerOffset }, limit), decided);
      }),
    );
    return found
      .flat()
      .map((message) => describe(message, 'PENDING'))
      .sort((a, b) => a.bornTimestamp - b.bornTimestamp);
  }

  /** Where those are that were given up. @param all also what was resumed. Empty when there never were any. */
  async givenUpQueues(all = false): Promise<LaidAsideQueue[]> {
    return this.aside.queues(SystemTopic.checkMaxTime, all).catch(noneIfMissing);
  }

  async *readGivenUp(queue: LaidAsideQueue): AsyncGenerator<UndecidedTransaction> {
    for await (const message of this.aside.read(queue)) yield describe(message, 'GIVEN_UP');
  }

  /** Its producer is asked about it again. @throws BrokerResponseError */
  async resume({ message, topic }: UndecidedTransaction): Promise<void> {
    await this.messages.resumeTransactionCheck(topic, message.offsetMessageId);
  }

  /** All before `queueOffset` have been seen to. */
  settle({ queue }: LaidAsideQueue, queueOffset: number): Promise<void> {
    return this.aside.settle(queue, queueOffset);
  }

  /** How far brokers are done with a topic; nothing where it never was used. */
  private stretches(topic: string): Promise<QueueProgress[]> {
    return this.offsets.progress(TRANSACTION_GROUP, topic).catch(noneIfMissing);
  }

  private async readAll(
    { queue, consumerOffset = 0, brokerOffset }: Omit<QueueProgress, 'lag'>,
    limit: number,
  ): Promise<ReceivedMessage[]> {
    const found: ReceivedMessage[] = [];
    for (let offset = consumerOffset; offset < brokerOffset && found.length < limit;) {
      const { messages, nextOffset } = await this.messages.read(queue, offset, { maxCount: READ_COUNT });
      found.push(...messages);
      if (nextOffset <= offset) break;
      offset = nextOffset;
    }
    return found;
  }
}

/** Of each transaction the newest copy of its half message, unless one of its copies is decided. */
export function undecided(halves: readonly ReceivedMessage[], decided: ReadonlySet<number>): ReceivedMessage[] {
  const byKey = new Map<string, ReceivedMessage>();
  const done = new Set<string>();
  for (const half of halves) {
    const key = transactionKey(half);
    if (decided.has(half.queueOffset)) done.add(key);
    byKey.set(key, half);
  }
  return [...byKey].filter(([key]) => !done.has(key)).map(([, half]) => half);
}

function describe(message: ReceivedMessage, state: UndecidedTransaction['state']): UndecidedTransaction {
  const { properties, messageId, bornTimestamp } = message;
  return {
    state,
    topic: properties.get(PropertyName.realTopic) ?? '',
    producerGroup: properties.get(PropertyName.producerGroup) ?? '',
    messageId,
    bornTimestamp,
    checkTimes: checkTimesOf(message),
    message,
  };
}

function noneIfMissing(error: unknown): never[] {
  if (error instanceof TopicNotFoundError) return [];
  throw error;
}
