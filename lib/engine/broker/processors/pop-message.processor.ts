import { joined } from '../../common/joined.js';
import { Permission } from '../../protocol/bodies/topic-route-data.js';
import type { TopicConfig } from '../../protocol/bodies/topic-config.js';
import { decodeHeader, encodeHeader } from '../../protocol/field-table.js';
import { refuse, succeed } from '../../protocol/answers.js';
import { response, type RemotingCommand } from '../../protocol/remoting-command.js';
import {
  notificationRequest,
  notificationResponse,
  pollingInfoRequest,
  pollingInfoResponse,
  popMessageRequest,
  popMessageResponse,
  type PopMessageRequest,
} from '../../protocol/requests/pop-message.js';
import { ResponseCode } from '../../protocol/response-code.js';
import type { Channel } from '../../remoting/channel.js';
import type { Clock } from '../../ports/clock.js';
import type { Random } from '../../ports/random.js';
import type { MessageFilter } from '../../store/message-store.js';
import type { BrokerOptions } from '../broker-options.js';
import type { BrokerStats } from '../broker-stats.js';
import type { AnswerBudget } from '../flow/answer-budget.js';
import { FilterSyntaxError } from '../filter/filter-syntax-error.js';
import { expressionTypeOf, type MessageFilters } from '../filter/message-filters.js';
import type { PopHold, PopWait } from '../pop/pop-hold.js';
import { popRetryTopic, popRetryTopicV2 } from '../../message/pop-handle.js';
import { poppableTopic } from '../pop/pop-permission.js';
import { reviveQueueFor, type PopGathering, type PopReader } from '../pop/pop-reader.js';
import type { PopOrderTable } from '../pop/pop-order-table.js';
import type { SubscriptionGroupTable } from '../tables/subscription-group-table.js';
import type { TopicTable } from '../tables/topic-table.js';

const MAX_COUNT = 32;
/** Of a hundred pops so many look at the retry topic first. Source: Apache 5.3 BrokerConfig#popFromRetryProbability. */
const RETRY_FIRST_PERCENT = 20;
/** How often a pop in order looks whether what it waits for is visible again. */
const ORDER_LOOK_MS = 1000;

export interface PopMessageParts {
  options: BrokerOptions;
  topics: TopicTable;
  groups: SubscriptionGroupTable;
  filters: MessageFilters;
  reader: PopReader;
  orders: PopOrderTable;
  popHold: PopHold;
  answers: AnswerBudget;
  stats: BrokerStats;
  random: Random;
  clock: Clock;
}

/**
 * POP_MESSAGE (200050), NOTIFICATION (200054), POLLING_INFO (200055).
 * Source: Apache 5.3 PopMessageProcessor, NotificationProcessor, PollingInfoProcessor.
 */
export class PopMessageProcessor {
  private turn = 0;

  constructor(private readonly parts: PopMessageParts) {}

  async pop(request: RemotingCommand, channel: Channel): Promise<RemotingCommand | undefined> {
    const header = decodeHeader(popMessageRequest, request.extFields);
    const until = this.endOf(header);
    // What is popped for one that has gone would be nobody's until its time is up.
    while (channel.isOpen) {
      const topic = this.check(header, channel);
      if ('code' in topic) return topic;
      const filter = this.filterOf(header);
      if (filter !== undefined && 'code' in filter) return filter;
      const mayWait = this.mayWait(until);
      const wait = mayWait ? this.waitFor(header, until) : undefined;
      try {
        const turn = this.parts.answers.begin(channel);
        if (turn !== undefined) await turn;
        const gathering = await this.gatherInTurn(topic, header, filter, channel);
        if (gathering === undefined) continue; // it is to be looked at anew whether it may have anything
        // Messages that are left, or came meanwhile, may be for another who waits.
        const isMoreThere = gathering.rest > 0 || wait?.isOver === true;
        if (gathering.records.length > 0) return this.found(header, gathering, isMoreThere);
        if (!mayWait) return answer(ResponseCode.POLLING_TIMEOUT, header, gathering);
        if (wait === undefined) return answer(ResponseCode.POLLING_FULL, header, gathering);
        await wait.over;
      } finally {
        wait?.end();
      }
    }
    return undefined;
  }

  async notification(request: RemotingCommand): Promise<RemotingCommand> {
    const header = decodeHeader(notificationRequest, request.extFields);
    const until = this.endOf(header);
    for (;;) {
      const topic = this.parts.topics.get(header.topic);
      if (topic === undefined) return unknownTopic(header.topic);
      const hasMsg = this.hasMessage(topic, header);
      if (hasMsg || !this.mayWait(until)) return notified(hasMsg, false);
      const wait = this.waitFor(header, until);
      if (wait === undefined) return notified(false, true);
      await wait.over;
    }
  }

  /** Monotonic: a clock that is set, or is behind the client's, holds nobody longer. */
  private endOf({ bornTime, pollTime }: { bornTime: number; pollTime: number }): number {
    const { clock } = this.parts;
    const waitedMs = bornTime === 0 ? 0 : Math.max(0, clock.now() - bornTime);
    return clock.monotonic() + pollTime - waitedMs;
  }

  private mayWait(until: number): boolean {
    return until > this.parts.clock.monotonic() && !this.parts.popHold.isStopping;
  }

  /** A queue that is popped in order may be free again without anything that arrives. */
  private waitFor(header: NotificationQuestion & { topic: string }, until: number): PopWait | undefined {
    const leftMs = until - this.parts.clock.monotonic();
    const timeoutMs = header.order === true ? Math.min(leftMs, ORDER_LOOK_MS) : leftMs;
    return this.parts.popHold.hold({ group: header.consumerGroup, topics: this.topicsOf(header), timeoutMs });
  }

  pollingInfo(request: RemotingCommand): RemotingCommand {
    const { topic, consumerGroup } = decodeHeader(pollingInfoRequest, request.extFields);
    const pollingNum = this.parts.popHold.waitingOf(consumerGroup, topic);
    return succeed(encodeHeader(pollingInfoResponse, { pollingNum }));
  }

  /** @returns undefined: the client has gone meanwhile, or too much waits to be read by it */
  private async gatherInTurn(
    topic: TopicConfig,
    header: PopMessageRequest,
    filter: MessageFilter | undefined,
    channel: Channel,
  ): Promise<PopGathering | undefined> {
    const { answers } = this.parts;
    let bytes = 0;
    try {
      if (!channel.isOpen || answers.refusal(channel) !== undefined) return undefined;
      const gathering = await this.gather(topic, header, filter);
      for (const record of gathering.records) bytes += record.length;
      return gathering;
    } finally {
      answers.end(channel, bytes);
    }
  }

  private async gather(
    topic: TopicConfig,
    header: PopMessageRequest,
    filter: MessageFilter | undefined,
  ): Promise<PopGathering> {
    const { random, options, clock } = this.parts;
    const isOrder = header.order === true;
    const draw = random.nextInt(100);
    const gathering: PopGathering = {
      popTime: clock.now(),
      reviveQueueId: reviveQueueFor(isOrder, this.turn++, options.reviveQueueNum),
      filter,
      records: [],
      startOffsets: [],
      messageOffsets: [],
      orderCounts: [],
      rest: 0,
    };
    const retryFirst = draw < RETRY_FIRST_PERCENT && !isOrder;
    if (retryFirst) await this.popRetries(header, draw, gathering);
    if (header.queueId >= 0) await this.parts.reader.popFrom(topic.topicName, header.queueId, header, gathering);
    else await this.popAll(topic, header, draw, gathering);
    if (!retryFirst && !isOrder) await this.popRetries(header, draw, gathering);
    return gathering;
  }

  /** One of a group's two kinds of retry topics: an answer has room for one. */
  private async popRetries(header: PopMessageRequest, draw: number, gathering: PopGathering): Promise<void> {
    const [first, second] = this.topicsOf(header)
      .slice(1)
      .map((name) => this.parts.topics.get(name));
    const retry = first !== undefined && (second === undefined || draw % 2 === 0) ? first : (second ?? first);
    if (retry === undefined) return;
    // The subscription was applied when the message was popped first.
    await this.popAll(retry, header, draw, Object.assign(gathering, { filter: undefined }));
  }

  private async popAll(topic: TopicConfig, header: PopMessageRequest, draw: number, gathering: PopGathering) {
    const { topicName, readQueueNums } = topic;
    for (let step = 0; step < readQueueNums; step++) {
      await this.parts.reader.popFrom(topicName, (draw + step) % readQueueNums, header, gathering);
    }
  }

  private topicsOf({ topic, consumerGroup }: { topic: string; consumerGroup: string }): string[] {
    return [topic, popRetryTopic(topic, consumerGroup), popRetryTopicV2(topic, consumerGroup)];
  }

  private hasMessage(
    { topicName, readQueueNums }: TopicConfig,
    { consumerGroup: group, queueId, order, attemptId }: NotificationQuestion,
  ): boolean {
    const { reader, orders, topics } = this.parts;
    const queueIds = queueId >= 0 ? [queueId] : Array.from({ length: readQueueNums }, (_, id) => id);
    const isOrder = order === true;
    const isThere = queueIds.some(
      (id) => reader.lag(group, topicName, id) > 0 && !(isOrder && orders.isBlocked(group, topicName, id, attemptId)),
    );
    if (isThere || isOrder) return isThere;
    const retries = this.topicsOf({ topic: topicName, consumerGroup: group }).slice(1);
    return retries.some((name) => topics.has(name) && reader.lag(group, name, 0) > 0);
  }

  private found(header: PopMessageRequest, gathering: PopGathering, isMoreThere: boolean): RemotingCommand {
    const body = joined(gathering.records);
    this.parts.stats.got(header.topic, header.consumerGroup, gathering.records.length, body.length);
    if (isMoreThere) this.parts.popHold.wake(header.topic);
    return answer(ResponseCode.SUCCESS, header, gathering, body);
  }

  private filterOf({ topic, exp, expType }: PopMessageRequest): MessageFilter | RemotingCommand | undefined {
    if (exp === undefined || exp === '') return undefined;
    const type = expressionTypeOf(expType);
    if (type === 'SQL92' && !this.parts.options.enablePropertyFilter) {
      return refuse(ResponseCode.SYSTEM_ERROR, 'The broker does not support consumer to filter message by SQL92');
    }
    try {
      if (type === undefined) throw new FilterSyntaxError(`'${expType ?? ''}' is neither TAG nor SQL92`);
      return this.parts.filters.filterOf(this.parts.filters.subscriptionFor(topic, exp, type));
    } catch (error) {
      if (!(error instanceof FilterSyntaxError)) throw error;
      return refuse(
        ResponseCode.SUBSCRIPTION_PARSE_FAILED,
        `parse the consumer's subscription failed: ${error.message}`,
      );
    }
  }

  private check(header: PopMessageRequest, channel: Channel): TopicConfig | RemotingCommand {
    const busy = this.parts.answers.refusal(channel);
    if (busy !== undefined) return busy;
    const { options, clock } = this.parts;
    const { maxMsgNums, invisibleTime } = header;
    if ((options.brokerPermission & Permission.read) === 0) {
      return refuse(ResponseCode.NO_PERMISSION, `the broker[${options.brokerIP1}] pop message is forbidden`);
    }
    if (maxMsgNums < 1 || maxMsgNums > MAX_COUNT) {
      return refuse(
        ResponseCode.INVALID_PARAMETER,
        `the broker[${options.brokerIP1}] pop message's num is greater than ${MAX_COUNT}`,
      );
    }
    if (invisibleTime <= 0 || invisibleTime > options.timerMaxDelaySec * 1000) {
      return refuse(
        ResponseCode.INVALID_PARAMETER,
        `invisibleTime must be from 1 to ${options.timerMaxDelaySec * 1000}, but is ${invisibleTime}`,
      );
    }
    if (!options.timerWheelEnable) {
      return refuse(
        ResponseCode.SYSTEM_ERROR,
        `the broker[${options.brokerIP1}] pop message is forbidden because timerWheelEnable is false`,
      );
    }
    const topic = poppableTopic(this.parts, header);
    if ('code' in topic) return topic;
    const isLate = header.bornTime > 0 && clock.now() - header.bornTime > header.pollTime && header.pollTime > 0;
    return isLate ? response(ResponseCode.POLLING_TIMEOUT, { remark: 'the request has waited too long' }) : topic;
  }
}

interface NotificationQuestion {
  consumerGroup: string;
  queueId: number;
  order?: boolean;
  attemptId?: string;
}

function answer(code: number, header: PopMessageRequest, gathering: PopGathering, body?: Buffer): RemotingCommand {
  const extFields = encodeHeader(popMessageResponse, {
    popTime: gathering.popTime,
    invisibleTime: header.invisibleTime,
    reviveQid: gathering.reviveQueueId,
    restNum: gathering.rest,
    startOffsetInfo: gathering.startOffsets.join(';'),
    msgOffsetInfo: gathering.messageOffsets.join(';'),
    ...(header.order === true ? { orderCountInfo: gathering.orderCounts.join(';') } : {}),
  });
  return response(code, { remark: body === undefined ? 'NO_MESSAGE_IN_QUEUE' : 'FOUND', extFields, body });
}

function notified(hasMsg: boolean, pollingFull: boolean): RemotingCommand {
  return succeed(encodeHeader(notificationResponse, { hasMsg, pollingFull }));
}

function unknownTopic(topic: string): RemotingCommand {
  return refuse(ResponseCode.TOPIC_NOT_EXIST, `topic[${topic}] not exist, apply first please!`);
}
