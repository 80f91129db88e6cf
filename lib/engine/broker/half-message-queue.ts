import { Service } from '../common/lifecycle.js';
import type { HostAddress } from '../message/host-address.js';
import { decodeRecord } from '../message/message-codec.js';
import type { MessageRecord } from '../message/message.js';
import { PropertyName } from '../message/property-names.js';
import { SystemTopic } from '../message/topic-names.js';
import { DONE_SEPARATOR, DONE_TAG, transactionKey } from '../message/transaction-records.js';
import type { Cancellable, Clock } from '../ports/clock.js';
import type { Logger } from '../ports/logger.js';
import type { AppendedRecord, MessageStore, MessageToStore, PutResult } from '../store/message-store.js';
import type { BrokerOptions } from './broker-options.js';
import { CommittedBefore } from './committed-before.js';
import { toHalf } from './half-message.js';
import { isStored, type PutMessage } from './put-message.js';
import { lookUpRecord } from './record-lookup.js';

/** Transactions whose outcome is remembered, so that a repeated END_TRANSACTION or an old copy does no harm. */
const MAX_REMEMBERED = 50_000;
const READ_COUNT = 32;

export interface HalfMessageQueueParts {
  store: MessageStore;
  putMessage: PutMessage;
  options: Pick<BrokerOptions, 'transactionOpMsgMaxSize' | 'transactionOpBatchInterval'>;
  /** Where op messages are born. */
  brokerHost: HostAddress;
  clock: Clock;
  log: Logger;
}

export type Outcome = 'COMMITTED' | 'ROLLED_BACK';

export interface Page {
  records: MessageRecord[];
  nextOffset: number;
}

/**
 * The queue of half messages and, beside it, the queue of op messages: each lists the queue offsets
 * of half messages that are decided, as text: `12,13,`. Op messages are written in batches, at once
 * where somebody waits for the answer; what a kill leaves unwritten is found in the log if it was
 * committed, or asked again.
 * Source: Apache 5.3 TransactionalMessageServiceImpl, TransactionalMessageBridge.
 */
export class HalfMessageQueue extends Service {
  private readonly outcomes = new Map<string, Outcome>();
  private committedBefore?: CommittedBefore;
  private unwritten: number[] = [];
  private unwrittenLength = 0;
  private timer?: Cancellable;
  private writing = Promise.resolve(true);

  constructor(private readonly parts: HalfMessageQueueParts) {
    super();
  }

  protected onStart(): Promise<void> {
    this.committedBefore = new CommittedBefore(this.parts.store);
    return Promise.resolve();
  }

  /** Writes what is left, so that a clean stop leaves nothing to be asked again. */
  protected async onStop(): Promise<void> {
    this.timer?.cancel();
    await this.writeOps();
  }

  prepare(message: MessageToStore): Promise<PutResult> {
    return this.parts.putMessage.putNow(toHalf(message));
  }

  /** The half message that starts at `physicalOffset`. */
  async find(physicalOffset: number): Promise<MessageRecord | undefined> {
    const record = await lookUpRecord(this.parts.store, physicalOffset);
    return record?.topic === SystemTopic.half ? record : undefined;
  }

  /** Stores a half message for another time. @returns undefined when it could not be stored */
  async putBack(half: MessageToStore): Promise<AppendedRecord | undefined> {
    const result = await this.parts.putMessage.putNow(half);
    return isStored(result) ? result.appended[0] : undefined;
  }

  /** The transaction is committed or rolled back: no copy of its half message is asked about any more. */
  markDone(half: MessageRecord, outcome: Outcome): void {
    // Rolled back are then only its copies.
    if (this.outcomeOf(half) !== 'COMMITTED') this.remember(transactionKey(half), outcome);
    this.unwritten.push(half.queueOffset);
    this.unwrittenLength += String(half.queueOffset).length + DONE_SEPARATOR.length;
    const { clock, options } = this.parts;
    if (this.unwrittenLength > options.transactionOpMsgMaxSize) this.writeSoon();
    else this.timer ??= clock.schedule(options.transactionOpBatchInterval, () => this.writeSoon());
  }

  /** What markDone() was told, in this run of the broker, about this half message or a copy of it. */
  outcomeOf(half: MessageRecord): Outcome | undefined {
    return this.outcomes.get(transactionKey(half));
  }

  /** An earlier run of the broker has delivered its message. */
  async wasCommittedBefore(half: MessageRecord): Promise<boolean> {
    return (await this.committedBefore?.has(half)) ?? false;
  }

  /** Stores what markDone() was told, together with what others wait for. @returns false: it could not be stored */
  async settle(): Promise<boolean> {
    this.timer?.cancel();
    this.timer = undefined;
    return this.writeOps();
  }

  /** Its copies are asked about again. */
  forget(half: MessageRecord): void {
    this.outcomes.delete(transactionKey(half));
  }

  readHalves(queueOffset: number): Promise<Page> {
    return this.read(SystemTopic.half, queueOffset);
  }

  readOps(queueOffset: number): Promise<Page> {
    return this.read(SystemTopic.op, queueOffset);
  }

  private async read(topic: string, queueOffset: number): Promise<Page> {
    const { store } = this.parts;
    const result = await store.get({ topic, queueId: 0, queueOffset, maxCount: READ_COUNT });
    return { records: result.records.map((bytes) => decodeRecord(bytes)), nextOffset: result.nextBeginOffset };
  }

  private writeSoon(): void {
    this.timer?.cancel();
    this.timer = undefined;
    this.writeOps().catch((error: unknown) => this.parts.log.error('op messages could not be stored', { error }));
  }

  /** @returns whether all that was there is stored */
  private writeOps(): Promise<boolean> {
    this.writing = this.writing.catch(() => false).then(() => this.writeAll()); // the first failure was reported
    return this.writing;
  }

  private async writeAll(): Promise<boolean> {
    while (this.unwritten.length > 0) {
      const offsets = this.takeBatch();
      const body = Buffer.from(offsets.map((offset) => `${offset}${DONE_SEPARATOR}`).join(''));
      const result = await this.parts.putMessage.putNow(this.opMessage(body));
      if (isStored(result)) continue;
      this.parts.log.warn('an op message could not be stored; trying again', { status: result.status });
      this.putOff(offsets);
      return false;
    }
    return true;
  }

  private takeBatch(): number[] {
    let length = 0;
    let count = 0;
    while (count < this.unwritten.length && length < this.parts.options.transactionOpMsgMaxSize) {
      length += String(this.unwritten[count++]).length + DONE_SEPARATOR.length;
    }
    const batch = this.unwritten.slice(0, count);
    this.unwritten = this.unwritten.slice(count);
    this.unwrittenLength -= length;
    return batch;
  }

  private putOff(offsets: readonly number[]): void {
    this.unwritten = [...offsets, ...this.unwritten];
    this.unwrittenLength += offsets.reduce((sum, offset) => sum + String(offset).length + DONE_SEPARATOR.length, 0);
    if (this.isStopping) return; // they are asked again after the start
    this.timer ??= this.parts.clock.schedule(this.parts.options.transactionOpBatchInterval, () => this.writeSoon());
  }

  private remember(key: string, outcome: Outcome): void {
    this.outcomes.delete(key);
    this.outcomes.set(key, outcome);
    if (this.outcomes.size <= MAX_REMEMBERED) return;
    for (const oldest of this.outcomes.keys()) {
      this.outcomes.delete(oldest);
      return;
    }
  }

  private opMessage(body: Buffer): MessageToStore {
    return {
      topic: SystemTopic.op,
      queueId: 0,
      flag: 0,
      sysFlag: 0,
      bornTimestamp: this.parts.clock.now(),
      bornHost: this.parts.brokerHost,
      reconsumeTimes: 0,
      preparedTransactionOffset: 0,
      body,
      properties: new Map([
        [PropertyName.tags, DONE_TAG],
        [PropertyName.waitStoreOk, 'true'],
      ]),
    };
  }
}
