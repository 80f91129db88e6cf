import { ProtocolError } from '../../common/errors.js';
import { decodeBatch } from '../../message/batch-codec.js';
import { delayLevelOf } from '../../message/message.js';
import type { UniqueIdGenerator } from '../../message/message-id.js';
import { decodeProperties, type Properties } from '../../message/properties-codec.js';
import { PropertyName } from '../../message/property-names.js';
import { SystemFlag, withTransactionType } from '../../message/system-flag.js';
import { deadLetterTopic, groupOfRetryTopic, isRetryTopic, MAX_TOPIC_LENGTH } from '../../message/topic-names.js';
import type { TopicConfig } from '../../protocol/bodies/topic-config.js';
import { encodeHeader } from '../../protocol/field-table.js';
import { response, type ExtFields, type RemotingCommand } from '../../protocol/remoting-command.js';
import {
  decodeSendMessageRequest,
  sendMessageResponse,
  type SendMessageRequest,
} from '../../protocol/requests/send-message.js';
import { ResponseCode } from '../../protocol/response-code.js';
import type { Channel } from '../../remoting/channel.js';
import type { Random } from '../../ports/random.js';
import type { AppendedRecord, MessageToStore, PutResult } from '../../store/message-store.js';
import { bornHostOf } from '../born-host.js';
import type { BrokerOptions } from '../broker-options.js';
import type { BrokerStats } from '../broker-stats.js';
import type { HalfMessageQueue } from '../half-message-queue.js';
import { isStored, type PutMessage } from '../put-message.js';
import { recallHandleOf } from '../recall-handle.js';
import { codeOfPut, remarkOfPut } from '../put-response.js';
import type { SendCheck, SendCheckResult } from '../send-check.js';
import type { QueueLockTable } from '../tables/queue-lock-table.js';
import type { SubscriptionGroupTable } from '../tables/subscription-group-table.js';
import type { TopicTable } from '../tables/topic-table.js';

/** From this version on a client's own limit of reconsumption counts: MQVersion V3_4_9. */
const VERSION_WITH_MAX_RECONSUME_TIMES = 121;

export interface SendMessageParts {
  options: BrokerOptions;
  topics: TopicTable;
  groups: SubscriptionGroupTable;
  locks: QueueLockTable;
  check: SendCheck;
  putMessage: PutMessage;
  halfMessages: HalfMessageQueue;
  uniqueIds: UniqueIdGenerator;
  stats: BrokerStats;
  random: Random;
}

/** Where a message goes when it isn't refused. */
interface Target {
  topic: string;
  queueId: number;
}

/**
 * SEND_MESSAGE (10), SEND_MESSAGE_V2 (310), SEND_BATCH_MESSAGE (320).
 * Source: Apache 5.3 SendMessageProcessor.
 */
export class SendMessageProcessor {
  /** On every answer: old clients need them. */
  private readonly commonFields: Readonly<ExtFields>;

  constructor(private readonly parts: SendMessageParts) {
    const { regionId, traceOn } = parts.options;
    this.commonFields = Object.freeze({ MSG_REGION: regionId, TRACE_ON: String(traceOn) });
  }

  /** Waits for as little as it can: each promise on the way of a message costs as much as its checks. */
  send(request: RemotingCommand, channel: Channel): RemotingCommand | Promise<RemotingCommand> {
    const header = decodeSendMessageRequest(request);
    const checked = this.parts.check.run(header, channel.remoteAddress);
    return 'then' in checked
      ? checked.then((result) => this.sendChecked(result, header, request, channel))
      : this.sendChecked(checked, header, request, channel);
  }

  private sendChecked(
    checked: SendCheckResult,
    header: SendMessageRequest,
    { body, version }: RemotingCommand,
    channel: Channel,
  ): RemotingCommand | Promise<RemotingCommand> {
    if ('refusal' in checked) return this.refuse(checked.refusal.code, checked.refusal.remark);
    if (body === undefined || body.length === 0) {
      return this.refuse(ResponseCode.SYSTEM_ERROR, 'the message has no body; send at least one byte');
    }
    return header.batch === true
      ? this.sendBatch(header, checked.topic, body, channel)
      : this.sendOne(header, checked.topic, body, version, channel);
  }

  private sendOne(
    header: SendMessageRequest,
    topic: TopicConfig,
    body: Buffer,
    clientVersion: number,
    channel: Channel,
  ): RemotingCommand | Promise<RemotingCommand> {
    const properties = this.completeProperties(header.properties);
    const uniqKey = properties.get(PropertyName.uniqKey) ?? this.parts.uniqueIds.next();
    properties.set(PropertyName.uniqKey, uniqKey).set(PropertyName.cluster, this.parts.options.brokerClusterName);
    const target = this.targetOf(header, topic, clientVersion, properties);
    if ('code' in target) return target;

    const message = this.messageFor(header, topic, target, properties, body, channel);
    if (isHalf(message)) {
      if (this.parts.options.rejectTransactionMessage) return this.transactionsForbidden();
      return this.parts.halfMessages.prepare(message).then((result) => this.answer(result, target, uniqKey));
    }
    const parked = this.parts.putMessage.park(message);
    if ('status' in parked) return this.answer(parked, target, uniqKey);
    return this.parts.putMessage.putNow(parked).then((result) => {
      return this.answer(result, target, uniqKey, recallHandleOf(parked, this.parts.options.brokerName));
    });
  }

  private async sendBatch(
    header: SendMessageRequest,
    topic: TopicConfig,
    body: Buffer,
    channel: Channel,
  ): Promise<RemotingCommand> {
    if (header.topic.length > MAX_TOPIC_LENGTH) {
      return this.refuse(ResponseCode.MESSAGE_ILLEGAL, `message topic length too long ${header.topic.length}`);
    }
    if (isRetryTopic(header.topic)) {
      return this.refuse(ResponseCode.MESSAGE_ILLEGAL, `batch request does not support retry group ${header.topic}`);
    }
    const shared = this.completeProperties(header.properties);
    shared.set(PropertyName.cluster, this.parts.options.brokerClusterName);
    const target = { topic: header.topic, queueId: this.queueIdFor(header, topic) };
    const messages: MessageToStore[] = [];
    try {
      for (const { flag, body: content, properties } of decodeBatch(body)) {
        const own = decodeProperties(properties);
        for (const [name, value] of shared) own.set(name, value); // the batch's win: also its UNIQ_KEY
        const message = this.messageFor(header, topic, target, own, content, channel);
        messages.push(flag === message.flag ? message : { ...message, flag });
      }
    } catch (error) {
      if (!(error instanceof ProtocolError)) throw error;
      return this.refuse(ResponseCode.MESSAGE_ILLEGAL, `the batch cannot be read: ${error.message}`);
    }
    const result = await this.parts.putMessage.putBatch(messages);
    return this.answer(result, target, shared.get(PropertyName.uniqKey));
  }

  private completeProperties(text: string | undefined): Properties {
    const properties = decodeProperties(text ?? '');
    properties.delete(PropertyName.popCheckPoint); // only this broker may say so
    return properties
      .set(PropertyName.msgRegion, this.parts.options.regionId)
      .set(PropertyName.traceOn, this.commonFields.TRACE_ON);
  }

  /** A retry that comes as a normal message ends with the dead letters when its group has had enough of it. */
  private targetOf(
    header: SendMessageRequest,
    topic: TopicConfig,
    clientVersion: number,
    properties: Properties,
  ): Target | RemotingCommand {
    const queueId = this.queueIdFor(header, topic);
    if (!isRetryTopic(header.topic)) return { topic: header.topic, queueId };
    const { groups, locks, topics } = this.parts;
    const groupName = groupOfRetryTopic(header.topic);
    const group = groups.find(groupName);
    if (group === undefined) {
      return this.refuse(ResponseCode.SUBSCRIPTION_GROUP_NOT_EXIST, `subscription group not exist, ${groupName}`);
    }
    const ownLimit = clientVersion >= VERSION_WITH_MAX_RECONSUME_TIMES ? header.maxReconsumeTimes : undefined;
    const isExhausted = (header.reconsumeTimes ?? 0) > (ownLimit ?? group.retryMaxTimes);
    // Only an orderly consumer gives up by itself: its group holds locks.
    if (!isExhausted && !locks.hasUnexpiredLock(groupName)) return { topic: header.topic, queueId };
    properties.set(PropertyName.delayLevel, '-1');
    return { topic: topics.createIfAbsent(deadLetterTopic(groupName), 1).topicName, queueId: 0 };
  }

  private queueIdFor({ queueId }: SendMessageRequest, { writeQueueNums }: TopicConfig): number {
    if (queueId >= 0) return queueId;
    return writeQueueNums > 1 ? this.parts.random.nextInt(writeQueueNums) : 0;
  }

  private messageFor(
    header: SendMessageRequest,
    topic: TopicConfig,
    target: Target,
    properties: Properties,
    body: Buffer,
    channel: Channel,
  ): MessageToStore {
    const multiTags = topic.topicFilterType === 'MULTI_TAG' ? SystemFlag.multiTags : 0;
    return {
      topic: target.topic,
      queueId: target.queueId,
      flag: header.flag,
      // Whether it is half a transaction is said by a property; the bits would hide it for good.
      sysFlag: withTransactionType(header.sysFlag, SystemFlag.transactionNone) | multiTags,
      bornTimestamp: header.bornTimestamp,
      bornHost: bornHostOf(channel),
      reconsumeTimes: header.reconsumeTimes ?? 0,
      preparedTransactionOffset: 0,
      body,
      properties,
    };
  }

  private answer(
    result: PutResult,
    { topic, queueId }: Target,
    transactionId: string | undefined,
    recallHandle?: string,
  ): RemotingCommand {
    const code = codeOfPut(result);
    if (!isStored(result))
      return this.refuse(code, remarkOfPut(result, this.parts.options.maxMessageSize) ?? result.status);
    const { appended } = result;
    this.parts.stats.put(topic, appended.length, bytesOf(appended));
    const msgId =
      appended.length === 1
        ? appended[0].offsetMessageId
        : appended.map(({ offsetMessageId }) => offsetMessageId).join(',');
    const { queueOffset } = appended[0];
    const extFields = encodeHeader(sendMessageResponse, { msgId, queueId, queueOffset, transactionId, recallHandle });
    return response(code, { extFields: Object.assign(extFields, this.commonFields) });
  }

  private transactionsForbidden(): RemotingCommand {
    return this.refuse(
      ResponseCode.NO_PERMISSION,
      `the broker[${this.parts.options.brokerIP1}] sending transaction message is forbidden`,
    );
  }

  private refuse(code: number, remark: string): RemotingCommand {
    return response(code, { remark, extFields: { ...this.commonFields } });
  }
}

/** A retry of a transaction message by a client older than 4.6.1 still says TRAN_MSG. */
function isHalf({ properties, reconsumeTimes }: MessageToStore): boolean {
  if (properties.get(PropertyName.transactionPrepared)?.toLowerCase() !== 'true') return false;
  return !(reconsumeTimes > 0 && delayLevelOf(properties) > 0);
}

function bytesOf(appended: readonly AppendedRecord[]): number {
  let bytes = 0;
  for (const { size } of appended) bytes += size;
  return bytes;
}
