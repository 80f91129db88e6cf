import { succeed } from '../protocol/answers.js';
import { RequestCode } from '../protocol/request-code.js';
import type { ProcessorTable, RequestProcessor } from '../remoting/channel.js';
import type { AccessAdminProcessor } from './processors/access-admin.processor.js';
import type { BrokerConfigProcessor } from './processors/broker-config.processor.js';
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
import type { StatsAdminProcessor } from './processors/stats-admin.processor.js';
import type { StoreAdminProcessor } from './processors/store-admin.processor.js';
import type { ClientAdminProcessor } from './processors/client-admin.processor.js';
import type { OffsetAdminProcessor } from './processors/offset-admin.processor.js';
import type { ReplyMessageProcessor } from './processors/reply-message.processor.js';
import type { ResumeCheckProcessor } from './processors/resume-check.processor.js';
import type { PeekMessageProcessor } from './processors/peek-message.processor.js';
import { refusedRequests } from './refused-requests.js';
import type { RecallMessageProcessor } from './processors/recall-message.processor.js';
import type { PopMessageProcessor } from './processors/pop-message.processor.js';
import type { PopAckProcessor } from './processors/pop-ack.processor.js';
import type { QueueAssignmentProcessor } from './processors/queue-assignment.processor.js';

export interface Processors {
  send: SendMessageProcessor;
  sendBack: ConsumerSendBackProcessor;
  endTransaction: EndTransactionProcessor;
  pull: PullMessageProcessor;
  pop: PopMessageProcessor;
  peek: PeekMessageProcessor;
  popAck: PopAckProcessor;
  assignment: QueueAssignmentProcessor;
  queryMessage: QueryMessageProcessor;
  heartbeat: HeartbeatProcessor;
  consumerOffset: ConsumerOffsetProcessor;
  queueLock: QueueLockProcessor;
  queueOffset: QueueOffsetProcessor;
  topicAdmin: TopicAdminProcessor;
  groupAdmin: GroupAdminProcessor;
  recall: RecallMessageProcessor;
  reply: ReplyMessageProcessor;
  resumeCheck: ResumeCheckProcessor;
  offsetAdmin: OffsetAdminProcessor;
  clientAdmin: ClientAdminProcessor;
  statsAdmin: StatsAdminProcessor;
  storeAdmin: StoreAdminProcessor;
  config: BrokerConfigProcessor;
  accessAdmin: AccessAdminProcessor;
}

/** What this broker answers, a line for each request. */
export function createProcessorTable(of: Processors): ProcessorTable {
  return new Map<number, RequestProcessor>([
    [RequestCode.SEND_MESSAGE, (request, channel) => of.send.send(request, channel)],
    [RequestCode.SEND_MESSAGE_V2, (request, channel) => of.send.send(request, channel)],
    [RequestCode.SEND_BATCH_MESSAGE, (request, channel) => of.send.send(request, channel)],
    [RequestCode.CONSUMER_SEND_MSG_BACK, (request, channel) => of.sendBack.sendBack(request, channel)],
    [RequestCode.SEND_REPLY_MESSAGE, (request, channel) => of.reply.reply(request, channel)],
    [RequestCode.SEND_REPLY_MESSAGE_V2, (request, channel) => of.reply.reply(request, channel)],
    [RequestCode.RECALL_MESSAGE, (request, channel) => of.recall.recall(request, channel)],
    [RequestCode.END_TRANSACTION, (request, channel) => of.endTransaction.end(request, channel)],
    [RequestCode.RESUME_CHECK_HALF_MESSAGE, (request) => of.resumeCheck.resume(request)],

    [RequestCode.PULL_MESSAGE, (request, channel) => of.pull.pull(request, channel)],
    [RequestCode.LITE_PULL_MESSAGE, (request, channel) => of.pull.pull(request, channel)],
    [RequestCode.POP_MESSAGE, (request, channel) => of.pop.pop(request, channel)],
    [RequestCode.PEEK_MESSAGE, (request) => of.peek.peek(request)],
    [RequestCode.ACK_MESSAGE, (request) => of.popAck.ack(request)],
    [RequestCode.BATCH_ACK_MESSAGE, (request) => of.popAck.batchAck(request)],
    [RequestCode.CHANGE_MESSAGE_INVISIBLETIME, (request) => of.popAck.changeInvisibleTime(request)],
    [RequestCode.NOTIFICATION, (request) => of.pop.notification(request)],
    [RequestCode.POLLING_INFO, (request) => of.pop.pollingInfo(request)],
    [RequestCode.QUERY_ASSIGNMENT, (request) => of.assignment.query(request)],
    [RequestCode.SET_MESSAGE_REQUEST_MODE, (request) => of.assignment.setMode(request)],
    [RequestCode.GET_ALL_MESSAGE_REQUEST_MODE, () => of.assignment.allModes()],
    [RequestCode.QUERY_MESSAGE, (request) => of.queryMessage.query(request)],
    [RequestCode.VIEW_MESSAGE_BY_ID, (request, channel) => of.queryMessage.view(request, channel)],

    [RequestCode.HEART_BEAT, (request, channel) => of.heartbeat.heartbeat(request, channel)],
    [RequestCode.UNREGISTER_CLIENT, (request, channel) => of.heartbeat.unregister(request, channel)],
    [RequestCode.GET_CONSUMER_LIST_BY_GROUP, (request) => of.heartbeat.consumerList(request)],
    [RequestCode.CHECK_CLIENT_CONFIG, (request) => of.heartbeat.checkClientConfig(request)],

    [RequestCode.QUERY_CONSUMER_OFFSET, (request) => of.consumerOffset.query(request)],
    [RequestCode.UPDATE_CONSUMER_OFFSET, (request) => of.consumerOffset.update(request)],
    [RequestCode.LOCK_BATCH_MQ, (request) => of.queueLock.lock(request)],
    [RequestCode.UNLOCK_BATCH_MQ, (request) => of.queueLock.unlock(request)],
    [RequestCode.SEARCH_OFFSET_BY_TIMESTAMP, (request) => of.queueOffset.search(request)],
    [RequestCode.GET_MAX_OFFSET, (request) => of.queueOffset.max(request)],
    [RequestCode.GET_MIN_OFFSET, (request) => of.queueOffset.min(request)],
    [RequestCode.GET_EARLIEST_MSG_STORETIME, (request) => of.queueOffset.earliestStoreTime(request)],

    [RequestCode.UPDATE_AND_CREATE_TOPIC, (request) => of.topicAdmin.createOrUpdate(request)],
    [RequestCode.UPDATE_AND_CREATE_TOPIC_LIST, (request) => of.topicAdmin.createOrUpdateList(request)],
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

    [RequestCode.GET_ALL_CONSUMER_OFFSET, () => of.offsetAdmin.allOffsets()],
    [RequestCode.GET_ALL_DELAY_OFFSET, () => of.offsetAdmin.allDelayOffsets()],
    [RequestCode.INVOKE_BROKER_TO_RESET_OFFSET, (request) => of.offsetAdmin.reset(request)],
    [RequestCode.QUERY_CORRECTION_OFFSET, (request) => of.offsetAdmin.correction(request)],
    [RequestCode.CLONE_GROUP_OFFSET, (request) => of.offsetAdmin.clone(request)],

    [RequestCode.GET_CONSUMER_CONNECTION_LIST, (request) => of.clientAdmin.consumerConnections(request)],
    [RequestCode.GET_PRODUCER_CONNECTION_LIST, (request) => of.clientAdmin.producerConnections(request)],
    [RequestCode.GET_ALL_PRODUCER_INFO, () => of.clientAdmin.allProducers()],
    [RequestCode.QUERY_TOPIC_CONSUME_BY_WHO, (request) => of.clientAdmin.groupsOfTopic(request)],
    [RequestCode.QUERY_TOPICS_BY_CONSUMER, (request) => of.clientAdmin.topicsOfGroup(request)],
    [RequestCode.QUERY_SUBSCRIPTION_BY_CONSUMER, (request) => of.clientAdmin.subscription(request)],
    [RequestCode.INVOKE_BROKER_TO_GET_CONSUMER_STATUS, (request) => of.clientAdmin.consumerStatus(request)],
    [RequestCode.GET_CONSUMER_RUNNING_INFO, (request) => of.clientAdmin.runningInfo(request)],
    [RequestCode.CONSUME_MESSAGE_DIRECTLY, (request, channel) => of.clientAdmin.consumeDirectly(request, channel)],

    [RequestCode.GET_BROKER_CONFIG, () => of.config.get()],
    [RequestCode.UPDATE_BROKER_CONFIG, (request) => of.config.update(request)],
    [RequestCode.GET_BROKER_RUNTIME_INFO, () => of.statsAdmin.runtimeInfo()],
    [RequestCode.GET_TOPIC_STATS_INFO, (request) => of.statsAdmin.topicStats(request)],
    [RequestCode.GET_CONSUME_STATS, (request) => of.statsAdmin.consumeStats(request)],
    [RequestCode.QUERY_CONSUME_TIME_SPAN, (request) => of.statsAdmin.consumeTimeSpan(request)],
    [RequestCode.VIEW_BROKER_STATS_DATA, (request) => of.statsAdmin.viewStats(request)],
    [RequestCode.GET_BROKER_CONSUME_STATS, (request) => of.statsAdmin.allConsumeStats(request)],
    [RequestCode.QUERY_CONSUME_QUEUE, (request) => of.storeAdmin.consumeQueue(request)],
    [RequestCode.GET_BROKER_HA_STATUS, () => of.storeAdmin.haStatus()],
    [RequestCode.CLEAN_EXPIRED_CONSUMEQUEUE, () => of.storeAdmin.clean()],
    [RequestCode.CLEAN_UNUSED_TOPIC, () => of.storeAdmin.clean()],
    [RequestCode.DELETE_EXPIRED_COMMITLOG, () => of.storeAdmin.deleteExpired()],
    [RequestCode.GET_BROKER_EPOCH_CACHE, () => of.storeAdmin.epochs()],

    [RequestCode.AUTH_CREATE_USER, (request) => of.accessAdmin.createUser(request)],
    [RequestCode.AUTH_UPDATE_USER, (request) => of.accessAdmin.updateUser(request)],
    [RequestCode.AUTH_DELETE_USER, (request) => of.accessAdmin.deleteUser(request)],
    [RequestCode.AUTH_GET_USER, (request) => of.accessAdmin.getUser(request)],
    [RequestCode.AUTH_LIST_USER, (request) => of.accessAdmin.listUsers(request)],
    [RequestCode.AUTH_CREATE_ACL, (request) => of.accessAdmin.addAcl(request)],
    [RequestCode.AUTH_UPDATE_ACL, (request) => of.accessAdmin.addAcl(request)],
    [RequestCode.AUTH_DELETE_ACL, (request) => of.accessAdmin.deleteAcl(request)],
    [RequestCode.AUTH_GET_ACL, (request) => of.accessAdmin.getAcl(request)],
    [RequestCode.AUTH_LIST_ACL, (request) => of.accessAdmin.listAcls(request)],

    // Nothing is to be done about them where a broker is alone in its set and keeps its check points in the log.
    [RequestCode.POP_ROLLBACK, () => succeed()],
    [RequestCode.NOTIFY_MIN_BROKER_ID_CHANGE, () => succeed()],
    [RequestCode.RESET_MASTER_FLUSH_OFFSET, () => succeed()],
    ...refusedRequests(),
  ]);
}
