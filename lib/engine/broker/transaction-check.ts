import { Service } from '../common/lifecycle.js';
import { PeriodicTask } from '../common/periodic-task.js';
import type { MessageRecord } from '../message/message.js';
import { PropertyName } from '../message/property-names.js';
import { SystemTopic, TRANSACTION_GROUP } from '../message/topic-names.js';
import { checkTimesOf, decidedOffsets } from '../message/transaction-records.js';
import type { Clock } from '../ports/clock.js';
import type { Logger } from '../ports/logger.js';
import type { MessageStore } from '../store/message-store.js';
import type { BrokerOptions } from './broker-options.js';
import type { BrokerToClient } from './broker-to-client.js';
import { toCheckedAgain, toDiscarded, toImmune } from './half-message.js';
import type { HalfMessageQueue } from './half-message-queue.js';
import { destinationOf } from './record-lookup.js';
import { isStored, type PutMessage } from './put-message.js';
import type { ConsumerOffsetTable } from './tables/consumer-offset-table.js';
import type { ProducerTable } from './tables/producer-table.js';
import type { TopicTable } from './tables/topic-table.js';

/** Source: Apache 5.3 TransactionalMessageServiceImpl#MAX_PROCESS_TIME_LIMIT. */
const MAX_ROUND_MS = 60_000;
const HOUR_MS = 3_600_000;

export interface TransactionCheckParts {
  options: Pick<
    BrokerOptions,
    'transactionTimeOut' | 'transactionCheckMax' | 'transactionCheckInterval' | 'fileReservedTime'
  >;
  store: MessageStore;
  halfMessages: HalfMessageQueue;
  putMessage: PutMessage;
  offsets: ConsumerOffsetTable;
  topics: TopicTable;
  producers: ProducerTable;
  client: BrokerToClient;
  clock: Clock;
  log: Logger;
}

/** What a round does about one half message. */
type Verdict = 'NEXT' | 'LATER';

/**
 * Asks producers about half messages they have not decided. Each time the half message is stored
 * again with its number of checks, which ends the older copy; after transactionCheckMax times it
 * is moved to TRANS_CHECK_MAX_TIME_TOPIC. How far both queues are done is kept as the offsets of
 * the group CID_RMQ_SYS_TRANS.
 * Source: Apache 5.3 TransactionalMessageServiceImpl#check.
 */
export class TransactionCheck extends Service {
  private readonly rounds: PeriodicTask;

  constructor(private readonly parts: TransactionCheckParts) {
    super();
    const { clock, options, log } = parts;
    this.rounds = new PeriodicTask({
      clock,
      intervalMs: options.transactionCheckInterval,
      run: () => this.round(),
      onError: (error) => log.error('a round of transaction checks failed', { error }),
    });
  }

  protected onStart(): Promise<void> {
    this.rounds.start();
    return Promise.resolve();
  }

  protected onStop(): Promise<void> {
    return this.rounds.stop();
  }

  private async round(): Promise<void> {
    const { halfMessages, offsets, clock } = this.parts;
    const startedAt = clock.now();
    const firstHalf = this.cursor(SystemTopic.half);
    const ops = new DecidedHalves(halfMessages, this.cursor(SystemTopic.op), firstHalf);
    let cursor = firstHalf;
    scan: while (!this.isStopping) {
      const { records, nextOffset } = await halfMessages.readHalves(cursor);
      if (records.length === 0) {
        if (nextOffset <= cursor) break;
        cursor = nextOffset; // what lay between has been deleted with its file
        continue;
      }
      for (const half of records) {
        if (this.isStopping || clock.now() - startedAt > MAX_ROUND_MS) break scan;
        const isDecided =
          halfMessages.outcomeOf(half) !== undefined ||
          (await ops.take(half.queueOffset)) ||
          (await this.wasCommittedBefore(half));
        if (!isDecided && (await this.consider(half, startedAt, ops)) === 'LATER') break scan;
        cursor = half.queueOffset + 1;
      }
    }
    if (cursor !== firstHalf) offsets.commit(TRANSACTION_GROUP, SystemTopic.half, 0, cursor);
    const opCursor = ops.firstUnfinished(cursor);
    if (opCursor !== ops.begin) offsets.commit(TRANSACTION_GROUP, SystemTopic.op, 0, opCursor);
  }

  private async wasCommittedBefore(half: MessageRecord): Promise<boolean> {
    const { halfMessages } = this.parts;
    if (!(await halfMessages.wasCommittedBefore(half))) return false;
    halfMessages.markDone(half, 'COMMITTED');
    return true;
  }

  /** Decides about a half message nobody has decided about yet. */
  private async consider(half: MessageRecord, startedAt: number, ops: DecidedHalves): Promise<Verdict> {
    // Written by this very round: its producer has just been asked. (Apache discards the last copy at once.)
    if (half.storeTimestamp >= startedAt) return 'LATER';
    const { clock, options } = this.parts;
    const ageMs = clock.now() - half.bornTimestamp;
    const checkTimes = checkTimesOf(half);
    if (checkTimes >= options.transactionCheckMax || ageMs > options.fileReservedTime * HOUR_MS) {
      return this.discard(half);
    }
    const ownImmunity = half.properties.get(PropertyName.checkImmunityTimeInSeconds);
    if (ownImmunity === undefined) {
      if (ageMs >= 0 && ageMs < options.transactionTimeOut) return 'LATER';
    } else if (ageMs < this.immunityMs(ownImmunity)) {
      return this.leaveImmune(half, ops);
    }
    return this.ask(half, checkTimes + 1);
  }

  private async ask(half: MessageRecord, checkTimes: number): Promise<Verdict> {
    const again = toCheckedAgain(half, checkTimes);
    const stored = await this.parts.halfMessages.putBack(again);
    if (stored === undefined) return 'LATER';
    const group = half.properties.get(PropertyName.producerGroup) ?? '';
    const channel = this.parts.producers.nextChannel(group, destinationOf(half));
    const fields = { producerGroup: group, uniqKey: half.properties.get(PropertyName.uniqKey), checkTimes };
    if (channel === undefined) {
      this.parts.log.warn('no producer is connected that could be asked about a transaction', fields);
    } else {
      this.parts.log.debug('asking a producer about a transaction', fields);
      this.parts.client.checkTransactionState(channel, { ...half, properties: again.properties }, stored);
    }
    return 'NEXT';
  }

  private async leaveImmune(half: MessageRecord, ops: DecidedHalves): Promise<Verdict> {
    const first = Number(half.properties.get(PropertyName.transactionPreparedQueueOffset) ?? NaN);
    if (Number.isInteger(first) && (await ops.take(first))) return 'NEXT';
    return (await this.parts.halfMessages.putBack(toImmune(half))) === undefined ? 'LATER' : 'NEXT';
  }

  private async discard(half: MessageRecord): Promise<Verdict> {
    this.parts.topics.createIfAbsent(SystemTopic.checkMaxTime, 1);
    const result = await this.parts.putMessage.putNow(toDiscarded(half));
    if (!isStored(result)) return 'LATER';
    this.parts.log.warn('a transaction stayed undecided; it now waits in TRANS_CHECK_MAX_TIME_TOPIC', {
      producerGroup: half.properties.get(PropertyName.producerGroup),
      topic: half.properties.get(PropertyName.realTopic),
      uniqKey: half.properties.get(PropertyName.uniqKey),
    });
    return 'NEXT';
  }

  private immunityMs(seconds: string): number {
    const value = Number.parseInt(seconds, 10);
    return Number.isNaN(value) || value < 0 ? this.parts.options.transactionTimeOut : value * 1000;
  }

  private cursor(topic: string): number {
    return this.parts.offsets.query(TRANSACTION_GROUP, topic, 0) ?? this.parts.store.minQueueOffset(topic, 0);
  }
}

/** Reads op messages as far as needed, and remembers which are finished with. */
class DecidedHalves {
  /** Offset of a half message to the offset of the op message that lists it. */
  private readonly opOfHalf = new Map<number, number>();
  private next: number;
  private isAtEnd = false;

  constructor(
    private readonly halfMessages: HalfMessageQueue,
    readonly begin: number,
    /** Half messages below are done with. */
    private readonly firstHalf: number,
  ) {
    this.next = begin;
  }

  async take(halfOffset: number): Promise<boolean> {
    while (!this.opOfHalf.has(halfOffset) && !this.isAtEnd) await this.readMore();
    return this.opOfHalf.has(halfOffset);
  }

  /** The first op message that lists a half message from `halfCursor` on. */
  firstUnfinished(halfCursor: number): number {
    let first = this.next;
    for (const [half, op] of this.opOfHalf) if (half >= halfCursor && op < first) first = op;
    return first;
  }

  private async readMore(): Promise<void> {
    const { records, nextOffset } = await this.halfMessages.readOps(this.next);
    for (const op of records) {
      for (const half of decidedOffsets(op)) if (half >= this.firstHalf) this.opOfHalf.set(half, op.queueOffset);
    }
    this.isAtEnd = records.length === 0 && nextOffset <= this.next;
    this.next = records.length === 0 ? Math.max(this.next, nextOffset) : records[records.length - 1].queueOffset + 1;
  }
}
