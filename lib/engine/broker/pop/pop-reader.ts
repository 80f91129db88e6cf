import { decodeRecord, stampRecord } from '../../message/message-codec.js';
import { encodeRecord } from '../../message/record-writer.js';
import type { HostAddress } from '../../message/host-address.js';
import { PropertyName } from '../../message/property-names.js';
import { isRetryTopic } from '../../message/topic-names.js';
import type { PopMessageRequest } from '../../protocol/requests/pop-message.js';
import type { Clock } from '../../ports/clock.js';
import type { GetResult, MessageFilter, MessageStore } from '../../store/message-store.js';
import { isStored, type PutMessage } from '../put-message.js';
import type { ConsumerOffsetTable } from '../tables/consumer-offset-table.js';
import { isYoungQueue } from '../young-queue.js';
import { encodeCheckPoint } from './check-point.js';
import { formatPopHandle, ORDER_REVIVE_QUEUE, retryFlagOf } from '../../message/pop-handle.js';
import type { PopOrderTable } from './pop-order-table.js';

/** Begins at the first message. Source: Apache 5.3 ConsumeInitMode#MIN. */
const INIT_AT_FIRST = 0;

export interface PopReaderParts {
  brokerName: string;
  /** The cluster's revive topic. */
  reviveTopic: string;
  brokerHost: HostAddress;
  memoryBytes: number;
  store: MessageStore;
  putMessage: PutMessage;
  offsets: ConsumerOffsetTable;
  orders: PopOrderTable;
  clock: Clock;
}

/** What one pop has gathered, queue by queue. */
export interface PopGathering {
  readonly popTime: number;
  readonly reviveQueueId: number;
  readonly filter: MessageFilter | undefined;
  readonly records: Buffer[];
  /** Entries of startOffsetInfo, msgOffsetInfo and orderCountInfo. */
  readonly startOffsets: string[];
  readonly messageOffsets: string[];
  readonly orderCounts: string[];
  /** Messages left behind. */
  rest: number;
}

/**
 * Pops from one queue: reads from the group's offset on, stores a check point, moves the offset.
 * One at a time for each group and queue; others pass by.
 * Source: Apache 5.3 PopMessageProcessor#popMsgFromQueue.
 */
export class PopReader {
  private readonly busy = new Set<string>();

  constructor(private readonly parts: PopReaderParts) {}

  async popFrom(topic: string, queueId: number, request: PopMessageRequest, gathering: PopGathering): Promise<void> {
    const key = `${request.consumerGroup}@${topic}@${queueId}`;
    if (gathering.records.length >= request.maxMsgNums || this.busy.has(key)) {
      gathering.rest += this.lag(request.consumerGroup, topic, queueId);
      return;
    }
    this.busy.add(key);
    try {
      await this.popExclusively(topic, queueId, request, gathering);
    } finally {
      this.busy.delete(key);
    }
  }

  /** Messages the group has not popped yet. */
  lag(group: string, topic: string, queueId: number): number {
    const max = this.parts.store.maxQueueOffset(topic, queueId);
    return Math.max(0, max - (this.parts.offsets.query(group, topic, queueId) ?? 0));
  }

  private async popExclusively(
    topic: string,
    queueId: number,
    request: PopMessageRequest,
    gathering: PopGathering,
  ): Promise<void> {
    const { offsets, orders } = this.parts;
    const { consumerGroup: group, order, attemptId } = request;
    if (order === true && orders.isBlocked(group, topic, queueId, attemptId)) return;
    const begin = offsets.takeReset(group, topic, queueId) ?? (await this.beginOf(topic, queueId, request));
    const { result, startOffset } = await this.read(topic, queueId, begin, request, gathering);
    if (result.records.length > 0) {
      const messageOffsets = result.records.map((bytes) => decodeRecord(bytes).queueOffset);
      const pop = { topic, queueId, startOffset, messageOffsets };
      if (order === true) this.recordOrder(pop, request, gathering);
      else if (!(await this.storeCheckPoint(pop, request, gathering))) return;
      gathering.startOffsets.push(`${retryFlagOf(topic)} ${queueId} ${startOffset}`);
      gathering.messageOffsets.push(`${retryFlagOf(topic)} ${queueId} ${messageOffsets.join(',')}`);
      gathering.records.push(...this.asSent(result.records, pop, request, gathering));
    }
    // In order, what was popped stays first in line until it is acknowledged.
    const next = order === true && result.records.length > 0 ? startOffset : result.nextBeginOffset;
    if (offsets.query(group, topic, queueId) !== next) offsets.commit(group, topic, queueId, next);
    gathering.rest += Math.max(0, result.maxOffset - result.nextBeginOffset);
  }

  private async read(
    topic: string,
    queueId: number,
    begin: number,
    { maxMsgNums }: PopMessageRequest,
    { records, filter }: PopGathering,
  ): Promise<{ result: GetResult; startOffset: number }> {
    const maxCount = maxMsgNums - records.length;
    const query = { topic, queueId, maxCount, filter };
    const result = await this.parts.store.get({ ...query, queueOffset: begin });
    const isOutside = result.status === 'OFFSET_TOO_SMALL' || result.status === 'OFFSET_OVERFLOW_BADLY';
    if (!isOutside) return { result, startOffset: begin };
    const startOffset = result.nextBeginOffset;
    return { result: await this.parts.store.get({ ...query, queueOffset: startOffset }), startOffset };
  }

  private async beginOf(topic: string, queueId: number, request: PopMessageRequest): Promise<number> {
    const { store, offsets, memoryBytes } = this.parts;
    const known = offsets.query(request.consumerGroup, topic, queueId);
    if (known !== undefined) return known;
    const atFirst = request.initMode === INIT_AT_FIRST || isRetryTopic(topic);
    if (atFirst) return store.minQueueOffset(topic, queueId);
    if (await isYoungQueue(store, topic, queueId, memoryBytes)) return 0;
    return Math.max(0, store.maxQueueOffset(topic, queueId) - 1);
  }

  private async storeCheckPoint(
    { topic, queueId, startOffset, messageOffsets }: QueuePop,
    { consumerGroup: group, invisibleTime }: PopMessageRequest,
    { popTime, reviveQueueId }: PopGathering,
  ): Promise<boolean> {
    const { brokerName, reviveTopic, brokerHost, putMessage, clock } = this.parts;
    const diffs = messageOffsets.map((offset) => offset - startOffset);
    const point = { topic, group, queueId, startOffset, diffs, popTime, invisibleTime, brokerName };
    const target = { topic: reviveTopic, queueId: reviveQueueId, bornHost: brokerHost, now: clock.now() };
    return isStored(await putMessage.put(encodeCheckPoint(point, target)));
  }

  private recordOrder(
    { topic, queueId, messageOffsets }: QueuePop,
    { consumerGroup, attemptId, invisibleTime }: PopMessageRequest,
    { popTime, orderCounts }: PopGathering,
  ): void {
    const pop = { attemptId, popTime, invisibleTime, offsets: messageOffsets };
    const counts = this.parts.orders.popped(consumerGroup, topic, queueId, pop);
    const flag = retryFlagOf(topic);
    const fewest = Math.min(...messageOffsets.map((offset) => counts.get(offset) ?? 0));
    if (counts.size > 0) {
      for (const offset of messageOffsets) {
        orderCounts.push(`${flag} qo${queueId}%${offset} ${counts.get(offset) ?? 0}`);
      }
    }
    orderCounts.push(`${flag} ${queueId} ${fewest}`);
  }

  /** A message of a retry topic is sent under its own topic, with its handle. */
  private asSent(
    records: readonly Buffer[],
    { topic, queueId, startOffset }: QueuePop,
    request: PopMessageRequest,
    { popTime, reviveQueueId }: PopGathering,
  ): readonly Buffer[] {
    if (!isRetryTopic(topic) || topic === request.topic) return records;
    const { invisibleTime } = request;
    return records.map((bytes) => {
      const record = decodeRecord(bytes);
      const { queueOffset } = record;
      const common = { startOffset, popTime, invisibleTime, reviveQueueId, brokerName: this.parts.brokerName };
      const handle = formatPopHandle({ ...common, retry: retryFlagOf(topic), queueId, queueOffset });
      const properties = new Map(record.properties);
      if (!properties.has(PropertyName.popCheckPoint)) properties.set(PropertyName.popCheckPoint, handle);
      const sent = encodeRecord({ ...record, topic: request.topic, properties });
      stampRecord(sent, record);
      return sent;
    });
  }
}

interface QueuePop {
  readonly topic: string;
  readonly queueId: number;
  readonly startOffset: number;
  readonly messageOffsets: readonly number[];
}

/** The revive queue named for a pop. */
export function reviveQueueFor(isOrder: boolean, turn: number, reviveQueues: number): number {
  return isOrder ? ORDER_REVIVE_QUEUE : turn % reviveQueues;
}
