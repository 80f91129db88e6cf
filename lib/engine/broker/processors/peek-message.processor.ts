import { joined } from '../../common/joined.js';
import { refuse } from '../../protocol/answers.js';
import type { TopicConfig } from '../../protocol/bodies/topic-config.js';
import { Permission } from '../../protocol/bodies/topic-route-data.js';
import { decodeHeader, encodeHeader } from '../../protocol/field-table.js';
import { response, type RemotingCommand } from '../../protocol/remoting-command.js';
import {
  peekMessageRequest,
  popMessageResponse,
  type PeekMessageRequest,
} from '../../protocol/requests/pop-message.js';
import { ResponseCode } from '../../protocol/response-code.js';
import type { Random } from '../../ports/random.js';
import type { MessageStore } from '../../store/message-store.js';
import type { BrokerOptions } from '../broker-options.js';
import type { BrokerStats } from '../broker-stats.js';
import { popRetryTopic } from '../../message/pop-handle.js';
import { poppableTopic } from '../pop/pop-permission.js';
import type { ConsumerOffsetTable } from '../tables/consumer-offset-table.js';
import type { SubscriptionGroupTable } from '../tables/subscription-group-table.js';
import type { TopicTable } from '../tables/topic-table.js';

/** More than this nobody is given at once, however much a request asks for. */
const MAX_COUNT = 1024;

export interface PeekMessageParts {
  options: Pick<BrokerOptions, 'brokerPermission' | 'brokerIP1'>;
  topics: TopicTable;
  groups: SubscriptionGroupTable;
  offsets: ConsumerOffsetTable;
  store: MessageStore;
  stats: BrokerStats;
  random: Random;
}

interface Peeked {
  readonly records: Buffer[];
  /** Messages behind the group's offsets, those that are shown among them. */
  rest: number;
}

/**
 * PEEK_MESSAGE (200052): what the next pop would bring, without taking it.
 * Source: Apache 5.3 PeekMessageProcessor.
 */
export class PeekMessageProcessor {
  constructor(private readonly parts: PeekMessageParts) {}

  async peek(request: RemotingCommand): Promise<RemotingCommand> {
    const header = decodeHeader(peekMessageRequest, request.extFields);
    const { options, topics, stats, random } = this.parts;
    if ((options.brokerPermission & Permission.read) === 0) {
      return refuse(ResponseCode.NO_PERMISSION, `the broker[${options.brokerIP1}] peeking message is forbidden`);
    }
    const topic = poppableTopic(this.parts, header);
    if ('code' in topic) return topic;

    const peeked: Peeked = { records: [], rest: 0 };
    const start = random.nextInt(100);
    const retry = topics.get(popRetryTopic(header.topic, header.consumerGroup));
    for (const [source, queueId] of queuesOf(topic, header.queueId, start))
      await this.look(source, queueId, header, peeked);
    for (const [source, queueId] of queuesOf(retry, -1, start)) await this.look(source, queueId, header, peeked);

    const extFields = encodeHeader(popMessageResponse, {
      popTime: 0,
      invisibleTime: 0,
      reviveQid: 0,
      restNum: peeked.rest,
    });
    if (peeked.records.length === 0) {
      return response(ResponseCode.PULL_NOT_FOUND, { remark: 'NO_MESSAGE_IN_QUEUE', extFields });
    }
    const body = joined(peeked.records);
    stats.got(header.topic, header.consumerGroup, peeked.records.length, body.length);
    return response(ResponseCode.SUCCESS, { remark: 'FOUND', extFields, body });
  }

  private async look(topic: string, queueId: number, header: PeekMessageRequest, peeked: Peeked): Promise<void> {
    const { offsets, store } = this.parts;
    const min = store.minQueueOffset(topic, queueId);
    const max = store.maxQueueOffset(topic, queueId);
    const known = offsets.query(header.consumerGroup, topic, queueId) ?? min;
    const queueOffset = Math.max(min, Math.min(known, max));
    peeked.rest += max - queueOffset;
    const maxCount = Math.min(header.maxMsgNums, MAX_COUNT) - peeked.records.length;
    if (maxCount <= 0 || queueOffset === max) return;
    const { records } = await store.get({ topic, queueId, queueOffset, maxCount });
    peeked.records.push(...records);
  }
}

/** One queue, or all of them from a random one on. */
function queuesOf(topic: TopicConfig | undefined, queueId: number, start: number): [topic: string, queueId: number][] {
  if (topic === undefined) return [];
  const { topicName, readQueueNums } = topic;
  if (queueId >= 0) return [[topicName, queueId]];
  return Array.from({ length: readQueueNums }, (_, step) => [topicName, (start + step) % readQueueNums]);
}
