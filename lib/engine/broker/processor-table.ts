import { RequestCode } from '../protocol/request-code.js';
import type { ProcessorTable, RequestProcessor } from '../remoting/channel.js';
import type { ConsumerOffsetProcessor } from './processors/consumer-offset.processor.js';
import type { ConsumerSendBackProcessor } from './processors/consumer-send-back.processor.js';
import type { EndTransactionProcessor } from './processors/end-transaction.processor.js';
import type { GroupAdminProcessor } from './processors/group-admin.processor.js';
import type { HeartbeatProcessor } from './processors/heartbeat.processor.js';
import type { PullMessageProcessor } from './processors/pull-message.processor.js';
import type { QueryMessageProcessor } from './processors/query-message.processor.js';
import type { QueueLockProcessor } from './processors/queue-lock.processor.js';
import type { QueueOffsetProcessor } from './processors/queue-offset.processor.js';
import type { SendMessageProcessor } from './processors/send-message.processor.js';
import type { TopicAdminProcessor } from './processors/topic-admin.processor.js';

export interface Processors {
  send: SendMessageProcessor;
  sendBack: ConsumerSendBackProcessor;
  endTransaction: EndTransactionProcessor;
  pull: PullMessageProcessor;
  queryMessage: QueryMessageProcessor;
  heartbeat: HeartbeatProcessor;
  consumerOffset: ConsumerOffsetProcessor;
  queueLock: QueueLockProcessor;
  queueOffset: QueueOffsetProcessor;
  topicAdmin: TopicAdminProcessor;
  groupAdmin: GroupAdminProcessor;
}

/** What this broker answers, a line for each request. */
export function createProcessorTable(of: Processors): ProcessorTable {
  return new Map<number, RequestProcessor>([
    [RequestCode.SEND_MESSAGE, (request, channel) => of.send.send(request, channel)],
    [RequestCode.SEND_MESSAGE_V2, (request, channel) => of.send.send(request, channel)],
    [RequestCode.SEND_BATCH_MESSAGE, (request, channel) => of.send.send(request, channel)],
    [RequestCode.CONSUMER_SEND_MSG_BACK, (request) => of.sendBack.sendBack(request)],
    [RequestCode.END_TRANSACTION, (request) => of.endTransaction.end(request)],

    [RequestCode.PULL_MESSAGE, (request, channel) => of.pull.pull(request, channel)],
    [RequestCode.LITE_PULL_MESSAGE, (request, channel) => of.pull.pull(request, channel)],
    [RequestCode.QUERY_MESSAGE, (request) => of.queryMessage.query(request)],
    [RequestCode.VIEW_MESSAGE_BY_ID, (request) => of.queryMessage.view(request)],

    [RequestCode.HEART_BEAT, (request, channel) => of.heartbeat.heartbeat(request, channel)],
    [RequestCode.UNREGISTER_CLIENT, (request, channel) => of.heartbeat.unregister(request, channel)],
    [RequestCode.GET_CONSUMER_LIST_BY_GROUP, (request) => of.heartbeat.consumerList(request)],

    [RequestCode.QUERY_CONSUMER_OFFSET, (request) => of.consumerOffset.query(request)],
    [RequestCode.UPDATE_CONSUMER_OFFSET, (request) => of.consumerOffset.update(request)],
    [RequestCode.LOCK_BATCH_MQ, (request) => of.queueLock.lock(request)],
    [RequestCode.UNLOCK_BATCH_MQ, (request) => of.queueLock.unlock(request)],
    [RequestCode.SEARCH_OFFSET_BY_TIMESTAMP, (request) => of.queueOffset.search(request)],
    [RequestCode.GET_MAX_OFFSET, (request) => of.queueOffset.max(request)],
    [RequestCode.GET_MIN_OFFSET, (request) => of.queueOffset.min(request)],
    [RequestCode.GET_EARLIEST_MSG_STORETIME, (request) => of.queueOffset.earliestStoreTime(request)],

    [RequestCode.UPDATE_AND_CREATE_TOPIC, (request) => of.topicAdmin.createOrUpdate(request)],
    [RequestCode.GET_ALL_TOPIC_CONFIG, () => of.topicAdmin.all()],
    [RequestCode.DELETE_TOPIC_IN_BROKER, (request) => of.topicAdmin.delete(request)],
    [RequestCode.GET_TOPIC_CONFIG, (request) => of.topicAdmin.get(request)],
    [RequestCode.GET_SYSTEM_TOPIC_LIST_FROM_BROKER, () => of.topicAdmin.systemTopics()],

    [RequestCode.UPDATE_AND_CREATE_SUBSCRIPTIONGROUP, (request) => of.groupAdmin.createOrUpdate(request)],
    [RequestCode.UPDATE_AND_CREATE_SUBSCRIPTIONGROUP_LIST, (request) => of.groupAdmin.createOrUpdateList(request)],
    [RequestCode.GET_ALL_SUBSCRIPTIONGROUP_CONFIG, () => of.groupAdmin.all()],
    [RequestCode.DELETE_SUBSCRIPTIONGROUP, (request) => of.groupAdmin.delete(request)],
    [RequestCode.GET_SUBSCRIPTIONGROUP_CONFIG, (request) => of.groupAdmin.get(request)],
    [RequestCode.UPDATE_AND_GET_GROUP_FORBIDDEN, (request) => of.groupAdmin.updateAndGetForbidden(request)],
  ]);
}
