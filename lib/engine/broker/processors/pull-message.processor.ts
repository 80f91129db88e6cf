import { joined } from '../../common/joined.js';
import type { SubscriptionData } from '../../protocol/bodies/heartbeat-data.js';
import type { SubscriptionGroupConfig } from '../../protocol/bodies/subscription-group-config.js';
import type { TopicConfig } from '../../protocol/bodies/topic-config.js';
import { MASTER_ID, Permission } from '../../protocol/bodies/topic-route-data.js';
import { decodeHeader, encodeHeader } from '../../protocol/field-table.js';
import { response, type RemotingCommand } from '../../protocol/remoting-command.js';
import {
  pullMessageRequest,
  pullMessageResponse,
  PullSysFlag,
  type PullMessageRequest,
} from '../../protocol/requests/pull-message.js';
import { RequestCode } from '../../protocol/request-code.js';
import { ResponseCode } from '../../protocol/response-code.js';
import type { Channel } from '../../remoting/channel.js';
import type { GetResult, GetStatus, MessageFilter, MessageStore } from '../../store/message-store.js';
import { refuse } from '../../protocol/answers.js';
import type { BrokerOptions } from '../broker-options.js';
import type { BrokerStats } from '../broker-stats.js';
import type { AnswerBudget } from '../flow/answer-budget.js';
import { FilterSyntaxError } from '../filter/filter-syntax-error.js';
import { expressionTypeOf, type MessageFilters } from '../filter/message-filters.js';
import type { PullRequestHold } from '../pull-request-hold.js';
import type { ConsumerOffsetTable } from '../tables/consumer-offset-table.js';
import type { ConsumerTable } from '../tables/consumer-table.js';
import type { SubscriptionGroupTable } from '../tables/subscription-group-table.js';
import type { TopicTable } from '../tables/topic-table.js';

/** Why a pull is not allowed. Source: Apache 5.3 ForbiddenType. */
const Forbidden = { broker: 1, group: 2, topic: 3, broadcasting: 4, subscription: 5 } as const;

/** More than this nobody is given at once, however much a request asks for. */
const MAX_COUNT = 1024;

export interface PullMessageParts {
  options: BrokerOptions;
  store: MessageStore;
  topics: TopicTable;
  groups: SubscriptionGroupTable;
  consumers: ConsumerTable;
  offsets: ConsumerOffsetTable;
  hold: PullRequestHold;
  stats: BrokerStats;
  filters: MessageFilters;
  answers: AnswerBudget;
}

/** A pull that may be answered from the store. */
interface AllowedPull {
  header: PullMessageRequest;
  topic: TopicConfig;
  group: SubscriptionGroupConfig;
  filter: MessageFilter | undefined;
}

/**
 * PULL_MESSAGE (11) and LITE_PULL_MESSAGE (361), with long polling.
 * Source: Apache 5.3 PullMessageProcessor, DefaultPullMessageResultHandler.
 */
export class PullMessageProcessor {
  constructor(private readonly parts: PullMessageParts) {}

  async pull(request: RemotingCommand, channel: Channel): Promise<RemotingCommand | undefined> {
    const header = decodeHeader(pullMessageRequest, request.extFields);
    const answer = await this.attempt(request.code, header, channel, true);
    if (answer !== undefined) return answer;
    return channel.isOpen ? this.attempt(request.code, header, channel, false) : undefined;
  }

  /** @returns undefined when the pull was held and its time has come (it is to be tried again), or the client has gone */
  private async attempt(
    code: number,
    header: PullMessageRequest,
    channel: Channel,
    isFirst: boolean,
  ): Promise<RemotingCommand | undefined> {
    const pull = this.check(code, header, channel);
    if ('code' in pull) return pull;
    const reset = this.takeReset(header);
    if (reset !== undefined) return this.sendBack(pull, reset);
    // Before anything is awaited: a newer offset that comes behind this request must not be overwritten.
    if (isFirst) this.commit(header);

    const { topic, queueId, queueOffset } = header;
    const turn = this.parts.answers.begin(channel);
    if (turn !== undefined) {
      await turn;
      const busy = this.parts.answers.refusal(channel);
      if (busy !== undefined || !channel.isOpen) {
        this.parts.answers.end(channel, 0);
        return busy;
      }
    }
    const maxCount = Math.min(Math.max(1, header.maxMsgNums), MAX_COUNT);
    let result: GetResult | undefined;
    try {
      result = await this.parts.store.get({ topic, queueId, queueOffset, maxCount, filter: pull.filter });
    } finally {
      this.parts.answers.end(channel, result === undefined ? 0 : bytesOf(result));
    }
    const answerCode = codeOf(result.status, queueOffset);
    this.recordPull(header, result.nextBeginOffset);
    if (isFirst && answerCode === ResponseCode.PULL_NOT_FOUND && (header.sysFlag & PullSysFlag.suspend) !== 0) {
      await this.hold(pull, channel);
      return undefined;
    }
    return this.answer(answerCode, result.status, pull, result);
  }

  private hold({ header, filter }: AllowedPull, channel: Channel): Promise<void> {
    const { longPollingEnable, shortPollingTimeMills } = this.parts.options;
    const timeoutMs = longPollingEnable ? header.suspendTimeoutMillis : shortPollingTimeMills;
    const { topic, queueId, queueOffset } = header;
    return this.parts.hold.hold({ topic, queueId, queueOffset, filter, timeoutMs, channel });
  }

  private answer(code: number, remark: string, { topic, group }: AllowedPull, result: GetResult): RemotingCommand {
    const { records } = result;
    const body = records.length === 0 ? undefined : joined(records);
    if (body !== undefined) this.parts.stats.got(topic.topicName, group.groupName, records.length, body.length);
    const extFields = encodeHeader(pullMessageResponse, {
      suggestWhichBrokerId: MASTER_ID,
      nextBeginOffset: result.nextBeginOffset,
      minOffset: result.minOffset,
      maxOffset: result.maxOffset,
      topicSysFlag: topic.topicSysFlag,
      groupSysFlag: group.groupSysFlag,
    });
    return response(code, { remark, extFields, body });
  }

  /** The group's offset was reset here: the consumer goes on from there. */
  private sendBack(pull: AllowedPull, nextBeginOffset: number): RemotingCommand {
    const { topic, queueId } = pull.header;
    this.recordPull(pull.header, nextBeginOffset);
    return this.answer(ResponseCode.PULL_OFFSET_MOVED, 'OFFSET_RESET', pull, {
      status: 'NO_MATCHED_MESSAGE',
      nextBeginOffset,
      minOffset: this.parts.store.minQueueOffset(topic, queueId),
      maxOffset: this.parts.store.maxQueueOffset(topic, queueId),
      records: [],
    });
  }

  private takeReset({ consumerGroup, topic, queueId }: PullMessageRequest): number | undefined {
    if (!this.parts.options.useServerSideResetOffset) return undefined;
    return this.parts.offsets.takeReset(consumerGroup, topic, queueId);
  }

  private recordPull({ consumerGroup, topic, queueId }: PullMessageRequest, nextBeginOffset: number): void {
    this.parts.offsets.recordPull(consumerGroup, topic, queueId, nextBeginOffset);
  }

  private commit({ consumerGroup, topic, queueId, commitOffset, sysFlag }: PullMessageRequest): void {
    if ((sysFlag & PullSysFlag.commitOffset) !== 0 && commitOffset >= 0)
      this.parts.offsets.commit(consumerGroup, topic, queueId, commitOffset);
  }

  /** @returns an answer that refuses, or what is needed to go on */
  private check(code: number, header: PullMessageRequest, channel: Channel): AllowedPull | RemotingCommand {
    const { options, topics, groups } = this.parts;
    const { consumerGroup, topic: topicName, queueId } = header;
    if ((options.brokerPermission & Permission.read) === 0) {
      return forbid(Forbidden.broker, `the broker[${options.brokerIP1}] pulling message is forbidden`);
    }
    if (code === RequestCode.LITE_PULL_MESSAGE && !options.litePullMessageEnable) {
      return forbid(Forbidden.broker, `the broker[${options.brokerIP1}] for lite pull consumer is forbidden`);
    }
    const busy = this.parts.answers.refusal(channel);
    if (busy !== undefined) return busy;
    const group = groups.find(consumerGroup);
    if (group === undefined) {
      return refuse(ResponseCode.SUBSCRIPTION_GROUP_NOT_EXIST, `subscription group [${consumerGroup}] does not exist`);
    }
    if (!group.consumeEnable) {
      return forbid(Forbidden.group, `subscription group no permission, ${consumerGroup}`);
    }
    const topic = topics.get(topicName);
    if (topic === undefined) {
      return refuse(ResponseCode.TOPIC_NOT_EXIST, `topic[${topicName}] not exist, apply first please!`);
    }
    if ((topic.perm & Permission.read) === 0) {
      return forbid(Forbidden.topic, `the topic[${topicName}] pulling message is forbidden`);
    }
    if (queueId < 0 || queueId >= topic.readQueueNums) {
      return refuse(
        ResponseCode.INVALID_PARAMETER,
        `queueId[${queueId}] is illegal, topic:[${topicName}] topicConfig.readQueueNums:[${topic.readQueueNums}] consumer:[${channel.remoteAddress}]`,
      );
    }
    const subscription = this.subscriptionFor(header, group);
    if ('code' in subscription) return subscription;
    const filter = this.filterOf(subscription, header);
    return filter !== undefined && 'code' in filter ? filter : { header, topic, group, filter };
  }

  /** Unlike Apache's, a broker of ours never lets everything through because an expression is wrong. */
  private filterOf(
    subscription: SubscriptionData,
    { sysFlag }: PullMessageRequest,
  ): MessageFilter | RemotingCommand | undefined {
    if (subscription.expressionType === 'SQL92' && !this.parts.options.enablePropertyFilter) {
      return refuse(
        ResponseCode.SYSTEM_ERROR,
        'The broker does not support consumer to filter message by SQL92; its option is enablePropertyFilter',
      );
    }
    try {
      return this.parts.filters.filterOf(subscription);
    } catch (error) {
      if (!(error instanceof FilterSyntaxError)) throw error;
      return (sysFlag & PullSysFlag.subscription) !== 0
        ? refuse(ResponseCode.SUBSCRIPTION_PARSE_FAILED, error.message)
        : refuse(
            ResponseCode.FILTER_DATA_NOT_EXIST,
            `The broker's consumer filter data is not exist!Your expression may be wrong! ${error.message}`,
          );
    }
  }

  private subscriptionFor(
    header: PullMessageRequest,
    group: SubscriptionGroupConfig,
  ): SubscriptionData | RemotingCommand {
    return (header.sysFlag & PullSysFlag.subscription) !== 0
      ? this.broughtSubscription(header)
      : this.registeredSubscription(header, group);
  }

  private broughtSubscription({
    consumerGroup,
    topic,
    subscription,
    expressionType,
  }: PullMessageRequest): SubscriptionData | RemotingCommand {
    const type = expressionTypeOf(expressionType);
    try {
      if (type === undefined) throw new FilterSyntaxError(`'${expressionType ?? ''}' is neither TAG nor SQL92`);
      const brought = this.parts.filters.subscriptionFor(topic, subscription, type);
      if (this.parts.consumers.get(consumerGroup) === undefined) {
        this.parts.consumers.compensate(consumerGroup, brought);
      }
      return brought;
    } catch (error) {
      if (!(error instanceof FilterSyntaxError)) throw error;
      return refuse(ResponseCode.SUBSCRIPTION_PARSE_FAILED, "parse the consumer's subscription failed");
    }
  }

  private registeredSubscription(
    { consumerGroup, topic, subVersion }: PullMessageRequest,
    { consumeBroadcastEnable }: SubscriptionGroupConfig,
  ): SubscriptionData | RemotingCommand {
    const online = this.parts.consumers.get(consumerGroup);
    if (online === undefined) {
      return refuse(ResponseCode.SUBSCRIPTION_NOT_EXIST, "the consumer's group info not exist");
    }
    if (!consumeBroadcastEnable && online.messageModel === 'BROADCASTING') {
      return forbid(Forbidden.broadcasting, `the consumer group[${consumerGroup}] can not consume by broadcast way`);
    }
    if (this.parts.groups.isReadForbidden(consumerGroup, topic)) {
      return forbid(Forbidden.subscription, `the consumer group[${consumerGroup}] is forbidden for topic[${topic}]`);
    }
    const subscription = online.subscriptions.get(topic);
    if (subscription === undefined) {
      return refuse(ResponseCode.SUBSCRIPTION_NOT_EXIST, "the consumer's subscription not exist");
    }
    if (subscription.subVersion < subVersion) {
      return refuse(ResponseCode.SUBSCRIPTION_NOT_LATEST, "the consumer's subscription not latest");
    }
    return subscription;
  }
}

function forbid(forbiddenType: number, remark: string): RemotingCommand {
  return response(ResponseCode.NO_PERMISSION, { remark, extFields: { forbiddenType: String(forbiddenType) } });
}

function bytesOf({ records }: GetResult): number {
  let bytes = 0;
  for (const { length } of records) bytes += length;
  return bytes;
}

function codeOf(status: GetStatus, queueOffset: number): number {
  switch (status) {
    case 'FOUND':
      return ResponseCode.SUCCESS;
    case 'NO_MATCHED_MESSAGE':
    case 'MESSAGE_WAS_REMOVING':
      return ResponseCode.PULL_RETRY_IMMEDIATELY;
    case 'NO_MATCHED_LOGIC_QUEUE':
    case 'NO_MESSAGE_IN_QUEUE':
      return queueOffset === 0 ? ResponseCode.PULL_NOT_FOUND : ResponseCode.PULL_OFFSET_MOVED;
    case 'OFFSET_FOUND_NULL':
    case 'OFFSET_OVERFLOW_ONE':
      return ResponseCode.PULL_NOT_FOUND;
    case 'OFFSET_OVERFLOW_BADLY':
    case 'OFFSET_TOO_SMALL':
      return ResponseCode.PULL_OFFSET_MOVED;
  }
}
