import type { TopicGuard } from '../../access/topic-guard.js';
import { encodeOffsetMessageId } from '../../message/message-id.js';
import type { MessageRecord } from '../../message/message.js';
import { PropertyName } from '../../message/property-names.js';
import { deadLetterTopic, retryTopic } from '../../message/topic-names.js';
import { Permission } from '../../protocol/bodies/topic-route-data.js';
import { decodeHeader } from '../../protocol/field-table.js';
import type { RemotingCommand } from '../../protocol/remoting-command.js';
import { consumerSendBackRequest, type ConsumerSendBackRequest } from '../../protocol/requests/consumer-send-back.js';
import { ResponseCode } from '../../protocol/response-code.js';
import type { Random } from '../../ports/random.js';
import type { MessageStore, MessageToStore } from '../../store/message-store.js';
import type { Channel } from '../../remoting/channel.js';
import { refuse, succeed } from '../../protocol/answers.js';
import type { BrokerOptions } from '../broker-options.js';
import type { BrokerStats } from '../broker-stats.js';
import { copyOf } from '../half-message.js';
import { isStored, type PutMessage } from '../put-message.js';
import { lookUpRecord } from '../record-lookup.js';
import type { SubscriptionGroupTable } from '../tables/subscription-group-table.js';
import type { TopicTable } from '../tables/topic-table.js';

const VERSION_WITH_MAX_RECONSUME_TIMES = 121;
const UNIT_SUB = 2;
/** The first retry waits as long as this level says, each further one a level longer. */
const FIRST_RETRY_LEVEL = 3;

export interface ConsumerSendBackParts {
  options: Pick<BrokerOptions, 'brokerPermission' | 'brokerIP1'>;
  topics: TopicTable;
  groups: SubscriptionGroupTable;
  store: MessageStore;
  putMessage: PutMessage;
  stats: BrokerStats;
  random: Random;
  guard: TopicGuard;
}

/**
 * CONSUMER_SEND_MSG_BACK (36): delivers a message to its group again later, or gives it to the
 * group's dead letters.
 * Source: Apache 5.3 AbstractSendMessageProcessor#consumerSendMsgBack.
 */
export class ConsumerSendBackProcessor {
  constructor(private readonly parts: ConsumerSendBackParts) {}

  async sendBack(request: RemotingCommand, channel: Channel): Promise<RemotingCommand> {
    const header = decodeHeader(consumerSendBackRequest, request.extFields);
    const group = this.parts.groups.find(header.group);
    if (group === undefined) {
      return refuse(ResponseCode.SUBSCRIPTION_GROUP_NOT_EXIST, `subscription group not exist, ${header.group}`);
    }
    if ((this.parts.options.brokerPermission & Permission.write) === 0) {
      return refuse(
        ResponseCode.NO_PERMISSION,
        `the broker[${this.parts.options.brokerIP1}] sending message is forbidden`,
      );
    }
    if (group.retryQueueNums <= 0) return succeed();
    const sysFlag = header.unitMode === true ? UNIT_SUB : 0;
    const retry = this.parts.topics.createIfAbsent(retryTopic(header.group), group.retryQueueNums, { sysFlag });
    if ((retry.perm & Permission.write) === 0) {
      return refuse(ResponseCode.NO_PERMISSION, `the topic[${retry.topicName}] sending message is forbidden`);
    }
    const record = await lookUpRecord(this.parts.store, header.offset);
    if (record === undefined) {
      return refuse(ResponseCode.SYSTEM_ERROR, `look message by offset failed, ${header.offset}`);
    }
    // Else a group could be given messages of topics that its consumers may not read.
    const refusal = this.parts.guard.topicRefusal(request, channel, record.topic, 'Sub');
    if (refusal !== undefined) return refusal;
    const ownLimit = request.version >= VERSION_WITH_MAX_RECONSUME_TIMES ? header.maxReconsumeTimes : undefined;
    const isDead = header.delayLevel < 0 || record.reconsumeTimes >= (ownLimit ?? group.retryMaxTimes);
    const message = isDead ? this.deadLetter(record, header) : this.retry(record, header, group.retryQueueNums);
    const result = await this.parts.putMessage.put(message);
    if (!isStored(result)) return refuse(ResponseCode.SYSTEM_ERROR, result.status);
    this.parts.stats.sentBack(message.properties.get(PropertyName.retryTopic) ?? record.topic, header.group);
    return succeed();
  }

  private retry(record: MessageRecord, header: ConsumerSendBackRequest, queues: number): MessageToStore {
    const level = header.delayLevel === 0 ? FIRST_RETRY_LEVEL + record.reconsumeTimes : header.delayLevel;
    return {
      ...consumedOnceMore(record, level),
      topic: retryTopic(header.group),
      queueId: this.parts.random.nextInt(queues),
    };
  }

  private deadLetter(record: MessageRecord, { group }: ConsumerSendBackRequest): MessageToStore {
    const { topicName } = this.parts.topics.createIfAbsent(deadLetterTopic(group), 1);
    return { ...consumedOnceMore(record, 0), topic: topicName, queueId: 0 };
  }
}

function consumedOnceMore(record: MessageRecord, delayLevel: number): MessageToStore {
  const properties = new Map(record.properties);
  if (!properties.has(PropertyName.retryTopic)) properties.set(PropertyName.retryTopic, record.topic);
  properties.set(PropertyName.waitStoreOk, 'false').set(PropertyName.delayLevel, String(delayLevel));
  if (!properties.has(PropertyName.originMessageId)) {
    const id = encodeOffsetMessageId(record.storeHost, record.physicalOffset);
    properties.set(PropertyName.originMessageId, id);
  }
  return { ...copyOf(record), reconsumeTimes: record.reconsumeTimes + 1, properties };
}
