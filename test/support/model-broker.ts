import { BrokerResponseError, RequestTimeoutError } from '../../lib/engine/common/errors.js';
import type { Message, ReceivedMessage } from '../../lib/engine/message/message.js';
import type {
  HalfMessage,
  HalfMessageHandle,
  TransactionProducerOptions,
} from '../../lib/engine/client/producer/producer-options.js';
import type { TransactionState } from '../../lib/engine/client/producer/transaction-state.js';
import type { SendStatus } from '../../lib/engine/client/producer/send-result.js';
import { Service } from '../../lib/engine/common/lifecycle.js';
import type { HalfMessageProducer } from '../../lib/transaction/transaction-options.js';

interface StoredHalf {
  handle: HalfMessageHandle;
  message: Message;
  /** An op message stands against it, or a check has stored a copy of it, or it was discarded. */
  isResolved: boolean;
  checks: number;
}

/** When a request gets lost: on its way (nothing happens) or its answer (it has happened). */
export type Loss = 'request' | 'answer';

/**
 * The behaviour of Apache's broker that transactions meet, without a store: every check stores the
 * half again at a new offset, and a COMMIT of an old offset delivers although the copy lives on.
 */
export class ModelBroker {
  readonly visible: Message[] = [];
  private readonly visibleIds = new Set<string>();
  private readonly rolledBackIds = new Set<string>();
  readonly halves: StoredHalf[] = [];
  readonly ends: { offset: number; state: TransactionState }[] = [];
  readonly losses: Record<'sendHalf' | 'end', (Loss | undefined)[]> = { sendHalf: [], end: [] };
  /** Whether its index finds messages; Apache's may be behind. */
  canQuery = true;
  /** Apache's broker delivers what is committed after a roll-back; a stricter one refuses. */
  deliversAfterRollback = true;
  nextStatus: SendStatus = 'SEND_OK';
  /** Half messages before this one are gone, as after fileReservedTime. */
  firstKept = 0;
  /** Runs inside end(), before anything happens. */
  onEnd: () => void | Promise<void> = () => {};
  /** The group's living producers; a check asks the last. */
  private readonly producers: ModelProducer[] = [];

  createTransactionProducer(options: TransactionProducerOptions): HalfMessageProducer {
    return new ModelProducer(this, options, this.producers);
  }

  get unresolved(): StoredHalf[] {
    return this.halves.filter((half) => !half.isResolved);
  }

  /** One round of checks over all silent halves; those asked about often enough are discarded. */
  async check(transactionCheckMax = Infinity): Promise<void> {
    const asked = this.producers.at(-1);
    for (const half of this.unresolved) {
      half.isResolved = true;
      if (half.checks >= transactionCheckMax) continue;
      const copy = this.storeHalf(half.message, half.handle);
      copy.checks = half.checks + 1;
      if (asked === undefined) continue;
      const state = await asked.options.checker(received(copy), copy.handle).catch(() => 'UNKNOWN' as const);
      if (state !== undefined) this.end(copy.handle, state);
    }
  }

  storeHalf(message: Message, like: Omit<HalfMessageHandle, 'tranStateTableOffset' | 'commitLogOffset'>): StoredHalf {
    const offset = this.halves.length;
    const handle = { ...like, tranStateTableOffset: offset, commitLogOffset: offset * 1000 };
    const half = { handle, message, isResolved: false, checks: 0 };
    this.halves.push(half);
    return half;
  }

  isVisible({ messageId }: HalfMessageHandle): boolean {
    return this.canQuery && this.visibleIds.has(messageId);
  }

  end(handle: HalfMessageHandle, state: TransactionState): void {
    this.ends.push({ offset: handle.tranStateTableOffset, state });
    if (state === 'UNKNOWN') return;
    if (handle.tranStateTableOffset < this.firstKept)
      throw new BrokerResponseError(1, 'Find prepared transaction message failed', 'broker-a');
    const half = this.halves[handle.tranStateTableOffset];
    if (state === 'ROLLBACK') this.rolledBackIds.add(handle.messageId);
    else if (!this.deliversAfterRollback && this.rolledBackIds.has(handle.messageId)) throw new Error('rolled back');
    if (state === 'COMMIT') {
      this.visible.push(half.message);
      this.visibleIds.add(handle.messageId);
    }
    half.isResolved = true;
  }
}

class ModelProducer extends Service implements HalfMessageProducer {
  private sent = 0;

  constructor(
    private readonly broker: ModelBroker,
    readonly options: TransactionProducerOptions,
    private readonly group: ModelProducer[],
  ) {
    super();
  }

  async sendHalf(message: Message): Promise<HalfMessage> {
    const loss = this.broker.losses.sendHalf.shift();
    if (loss === 'request') throw new RequestTimeoutError('send', 3000);
    const messageId = message.messageId ?? `M${this.broker.halves.length}-${++this.sent}`;
    const { handle } = this.broker.storeHalf(message, {
      topic: message.topic,
      brokerName: 'broker-a',
      producerGroup: this.options.group,
      messageId,
      transactionId: messageId,
    });
    if (loss === 'answer') throw new RequestTimeoutError('send', 3000);
    const queue = { topic: message.topic, brokerName: 'broker-a', queueId: 0 };
    const offset = handle.tranStateTableOffset;
    const status = this.broker.nextStatus;
    return { handle, result: { status, messageId, offsetMessageId: `O${offset}`, queue, queueOffset: offset } };
  }

  async end(handle: HalfMessageHandle, state: TransactionState): Promise<void> {
    await this.broker.onEnd();
    const loss = this.broker.losses.end.shift();
    if (loss === 'request') throw new RequestTimeoutError('end', 3000);
    this.broker.end(handle, state);
    if (loss === 'answer') throw new RequestTimeoutError('end', 3000);
  }

  async isVisible(handle: HalfMessageHandle): Promise<boolean> {
    return this.broker.isVisible(handle);
  }

  protected async onStart(): Promise<void> {
    this.group.push(this);
  }

  protected async onStop(): Promise<void> {
    this.group.splice(this.group.indexOf(this), 1);
  }
}

function received({ message, handle }: StoredHalf): ReceivedMessage {
  return {
    topic: message.topic,
    brokerName: handle.brokerName,
    queueId: 0,
    queueOffset: handle.tranStateTableOffset,
    body: message.body,
    tag: message.tag,
    keys: [message.keys ?? []].flat(),
    flag: 0,
    properties: new Map(Object.entries(message.properties ?? {})),
    messageId: handle.messageId,
    offsetMessageId: `O${handle.tranStateTableOffset}`,
    reconsumeTimes: 0,
    bornTimestamp: 0,
    bornHost: '127.0.0.1:1',
    storeTimestamp: 0,
    storeHost: '127.0.0.1:2',
    sysFlag: 0,
    physicalOffset: handle.commitLogOffset,
    preparedTransactionOffset: 0,
  };
}
