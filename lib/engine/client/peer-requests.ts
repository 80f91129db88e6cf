import { parseHostAddress, type HostAddress } from '../message/host-address.js';
import { decodeRecord } from '../message/message-codec.js';
import type { MessageRecord } from '../message/message.js';
import { decodeProperties, type Properties } from '../message/properties-codec.js';
import { PropertyName } from '../message/property-names.js';
import { retryTopic } from '../message/topic-names.js';
import type { Clock } from '../ports/clock.js';
import type { Logger } from '../ports/logger.js';
import { encodeConsumerRunningInfo } from '../protocol/bodies/consumer-running-info.js';
import { decodeQueueOffsets, encodeQueueOffsets } from '../protocol/bodies/queue-offsets.js';
import { decodeHeader } from '../protocol/field-table.js';
import { response, type RemotingCommand } from '../protocol/remoting-command.js';
import { RequestCode } from '../protocol/request-code.js';
import { checkTransactionStateRequest } from '../protocol/requests/check-transaction-state.js';
import { consumerGroupRequest } from '../protocol/requests/client-membership.js';
import { consumeDirectlyRequest, consumerRunningInfoRequest } from '../protocol/requests/consumer-running-info.js';
import { pushReplyMessageRequest, type PushReplyMessageRequest } from '../protocol/requests/push-reply-message.js';
import { consumerStatusRequest, resetOffsetRequest } from '../protocol/requests/reset-offset.js';
import { ResponseCode } from '../protocol/response-code.js';
import type { Channel, ProcessorTable, RequestProcessor } from '../remoting/channel.js';
import type { ConsumerMember, ProducerMember } from './group-member.js';
import { prepareBodies } from './compression/body-codecs.js';
import type { Namespace } from './namespace/namespace.js';
import type { ReplyWaiters } from './producer/reply-waiters.js';
import { originalTopic, StoredMessage } from './received-message.js';

/** Who is here to be asked. */
export interface GroupMembers {
  readonly logger: Logger;
  readonly clock: Clock;
  readonly replies: ReplyWaiters;
  readonly namespace: Namespace;
  producer(group: string): ProducerMember | undefined;
  consumer(group: string): ConsumerMember | undefined;
}

/** What brokers ask of a client. Source: Apache 5.3 ClientRemotingProcessor. */
export function peerProcessors(members: GroupMembers): ProcessorTable {
  return new Map<number, RequestProcessor>([
    [RequestCode.NOTIFY_CONSUMER_IDS_CHANGED, (request) => notifyConsumerIdsChanged(members, request)],
    [RequestCode.CHECK_TRANSACTION_STATE, (request, channel) => checkTransactionState(members, request, channel)],
    [RequestCode.RESET_CONSUMER_CLIENT_OFFSET, (request) => resetOffset(members, request)],
    [RequestCode.GET_CONSUMER_STATUS_FROM_CLIENT, (request) => consumerStatus(members, request)],
    [RequestCode.GET_CONSUMER_RUNNING_INFO, (request) => runningInfo(members, request)],
    [RequestCode.CONSUME_MESSAGE_DIRECTLY, (request) => consumeDirectly(members, request)],
    [RequestCode.PUSH_REPLY_MESSAGE_TO_CLIENT, (request) => pushReply(members, request)],
  ]);
}

function notifyConsumerIdsChanged(members: GroupMembers, { extFields }: RemotingCommand): undefined {
  const { consumerGroup } = decodeHeader(consumerGroupRequest, extFields);
  members.consumer(consumerGroup)?.rebalanceSoon();
}

async function checkTransactionState(
  members: GroupMembers,
  { extFields, body = Buffer.alloc(0) }: RemotingCommand,
  channel: Channel,
): Promise<undefined> {
  const header = decodeHeader(checkTransactionStateRequest, extFields);
  await prepareBodies(body);
  const record = decodeRecord(body);
  const group = record.properties.get(PropertyName.producerGroup) ?? '';
  const producer = members.producer(group);
  if (producer?.checkTransaction) {
    const message = new StoredMessage(record, header.brokerName ?? '', members.namespace.unwrap(record.topic));
    producer.checkTransaction(message, header, channel);
  } else {
    // Silence: the broker asks again, perhaps another producer of the group.
    members.logger.warn('nobody here can be asked about a half message', { group, messageId: header.msgId });
  }
}

function resetOffset(members: GroupMembers, { extFields, body }: RemotingCommand): undefined {
  const { topic, group } = decodeHeader(resetOffsetRequest, extFields);
  const offsets = decodeQueueOffsets('offsetTable', body ?? Buffer.from('{}'));
  members.logger.info('offsets are reset by the broker', { group, topic, offsets });
  members.consumer(group)?.resetOffsets(offsets);
}

function consumerStatus(members: GroupMembers, { extFields }: RemotingCommand): RemotingCommand {
  const { topic, group } = decodeHeader(consumerStatusRequest, extFields);
  const offsets = members.consumer(group)?.offsetsOf(topic) ?? [];
  return response(ResponseCode.SUCCESS, { body: encodeQueueOffsets('messageQueueTable', offsets) });
}

function runningInfo(members: GroupMembers, { extFields }: RemotingCommand): RemotingCommand {
  const { consumerGroup } = decodeHeader(consumerRunningInfoRequest, extFields);
  const consumer = members.consumer(consumerGroup);
  if (!consumer) return unknownGroup(consumerGroup);
  return response(ResponseCode.SUCCESS, { body: encodeConsumerRunningInfo(consumer.runningInfo()) });
}

async function consumeDirectly(
  members: GroupMembers,
  { extFields, body = Buffer.alloc(0) }: RemotingCommand,
): Promise<RemotingCommand> {
  const { consumerGroup, brokerName } = decodeHeader(consumeDirectlyRequest, extFields);
  const consumer = members.consumer(consumerGroup);
  if (!consumer) return unknownGroup(consumerGroup);
  await prepareBodies(body);
  const record = decodeRecord(body);
  const topic = members.namespace.unwrap(originalTopic(record, retryTopic(consumerGroup)));
  const result = await consumer.consumeDirectly(new StoredMessage(record, brokerName ?? '', topic));
  return response(ResponseCode.SUCCESS, { body: Buffer.from(JSON.stringify(result)) });
}

function pushReply({ replies, clock, logger }: GroupMembers, { extFields, body }: RemotingCommand): RemotingCommand {
  const header = decodeHeader(pushReplyMessageRequest, extFields);
  const properties = decodeProperties(header.properties ?? '');
  properties.set(PropertyName.arriveTime, String(clock.now()));
  const reply = new StoredMessage(recordOfReply(header, properties, body ?? Buffer.alloc(0)), '');
  const correlationId = properties.get(PropertyName.correlationId) ?? '';
  if (!replies.settle(correlationId, reply)) {
    logger.warn('nobody waits for this reply', { correlationId, bornHost: header.bornHost });
  }
  return response(ResponseCode.SUCCESS);
}

/** Field by field: a copy of the whole header is many times slower. */
function recordOfReply(header: PushReplyMessageRequest, properties: Properties, body: Buffer): MessageRecord {
  return {
    topic: header.topic,
    queueId: header.queueId,
    queueOffset: 0,
    physicalOffset: 0,
    preparedTransactionOffset: 0,
    flag: header.flag,
    sysFlag: header.sysFlag,
    bornTimestamp: header.bornTimestamp,
    get bornHost() {
      return parseJavaAddress(header.bornHost);
    },
    storeTimestamp: header.storeTimestamp,
    get storeHost() {
      return parseJavaAddress(header.storeHost);
    },
    reconsumeTimes: header.reconsumeTimes ?? 0,
    bodyCrc: 0,
    body,
    properties,
    totalSize: body.length,
  };
}

/** Java writes `/127.0.0.1:1234`, with a name before the slash when it has looked one up. */
function parseJavaAddress(text: string): HostAddress {
  return parseHostAddress(text.slice(text.lastIndexOf('/') + 1));
}

function unknownGroup(group: string): RemotingCommand {
  return response(ResponseCode.SYSTEM_ERROR, { remark: `The Consumer Group <${group}> not exist in this consumer` });
}
