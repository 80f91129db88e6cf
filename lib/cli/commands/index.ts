import type { CommandFactory } from '../admin-command.js';
import { createAcl, deleteAcl, updateAcl } from './access/acl-changes.js';
import { copyAcl } from './access/copy-acl.js';
import { copyUser } from './access/copy-user.js';
import { getAcl, listAcl } from './access/show-acls.js';
import { getUser, listUser } from './access/show-users.js';
import { createUser, deleteUser, updateUser } from './access/user-changes.js';
import { brokerStatus } from './brokers/broker-status.js';
import { cleanExpiredCq, cleanUnusedTopic, deleteExpiredCommitLog } from './brokers/cleaning.js';
import { getBrokerConfig } from './brokers/get-broker-config.js';
import { haStatus } from './brokers/ha-status.js';
import { resetMasterFlushOffset } from './brokers/reset-master-flush-offset.js';
import { updateBrokerConfig } from './brokers/update-broker-config.js';
import { consumerConnection } from './clients/consumer-connection.js';
import { producer } from './clients/producer.js';
import { producerConnection } from './clients/producer-connection.js';
import { clusterList } from './cluster/cluster-list.js';
import { clusterRt } from './cluster/cluster-rt.js';
import { exportConfigs } from './export/export-configs.js';
import { exportMetadata } from './export/export-metadata.js';
import { exportMetrics } from './export/export-metrics.js';
import { brokerConsumeStats } from './groups/broker-consume-stats.js';
import { consumerProgress } from './groups/consumer-progress.js';
import { consumerStatus } from './groups/consumer-status.js';
import { deleteSubGroup } from './groups/delete-sub-group.js';
import { getConsumerConfig } from './groups/get-consumer-config.js';
import { setConsumeMode } from './groups/set-consume-mode.js';
import { startMonitoring } from './groups/start-monitoring.js';
import { updateSubGroup } from './groups/update-sub-group.js';
import { updateSubGroupList } from './groups/update-sub-group-list.js';
import { checkMsgSendRt } from './messages/check-msg-send-rt.js';
import { consumeMessage } from './messages/consume-message.js';
import { printMsg } from './messages/print-msg.js';
import { printMsgByQueue } from './messages/print-msg-by-queue.js';
import { queryCq } from './messages/query-cq.js';
import { queryMsgById } from './messages/query-msg-by-id.js';
import { queryMsgByKey } from './messages/query-msg-by-key.js';
import { queryMsgByOffset } from './messages/query-msg-by-offset.js';
import { queryMsgByUniqueKey } from './messages/query-msg-by-unique-key.js';
import { queryMsgTraceById } from './messages/query-msg-trace-by-id.js';
import { sendMessage } from './messages/send-message.js';
import { sendMsgStatus } from './messages/send-msg-status.js';
import { deleteKvConfig, updateKvConfig } from './name-servers/kv-config.js';
import { getNamesrvConfig, updateNamesrvConfig } from './name-servers/name-server-config.js';
import { addWritePerm, wipeWritePerm } from './name-servers/write-permission.js';
import { cloneGroupOffset } from './offsets/clone-group-offset.js';
import { resetOffsetByTime } from './offsets/reset-offset-by-time.js';
import { skipAccumulatedMessage } from './offsets/skip-accumulated-message.js';
import { allocateMq } from './topics/allocate-mq.js';
import { deleteTopic } from './topics/delete-topic.js';
import { statsAll } from './topics/stats-all.js';
import { topicClusterList } from './topics/topic-cluster-list.js';
import { topicList } from './topics/topic-list.js';
import { topicRoute } from './topics/topic-route.js';
import { topicStatus } from './topics/topic-status.js';
import { updateOrderConf } from './topics/update-order-conf.js';
import { updateTopic } from './topics/update-topic.js';
import { updateTopicList } from './topics/update-topic-list.js';
import { updateTopicPerm } from './topics/update-topic-perm.js';

/** Every command of Apache's mqadmin that has a meaning here, in the order of `--help`. */
export const adminCommands: readonly CommandFactory[] = [
  ...[updateTopic, updateTopicList, updateTopicPerm, deleteTopic, topicList, topicRoute, topicStatus],
  ...[topicClusterList, allocateMq, updateOrderConf, statsAll],
  ...[updateSubGroup, updateSubGroupList, deleteSubGroup, getConsumerConfig, setConsumeMode, consumerProgress],
  ...[consumerStatus, brokerConsumeStats, startMonitoring],
  ...[sendMessage, consumeMessage, printMsg, printMsgByQueue, queryMsgById, queryMsgByKey, queryMsgByUniqueKey],
  ...[queryMsgByOffset, queryMsgTraceById, queryCq, checkMsgSendRt, sendMsgStatus],
  ...[resetOffsetByTime, skipAccumulatedMessage, cloneGroupOffset],
  ...[consumerConnection, producerConnection, producer],
  ...[brokerStatus, getBrokerConfig, updateBrokerConfig, haStatus, cleanExpiredCq, cleanUnusedTopic],
  ...[deleteExpiredCommitLog, resetMasterFlushOffset],
  ...[clusterList, clusterRt],
  ...[updateKvConfig, deleteKvConfig, getNamesrvConfig, updateNamesrvConfig, wipeWritePerm, addWritePerm],
  ...[createUser, updateUser, deleteUser, getUser, listUser, copyUser],
  ...[createAcl, updateAcl, deleteAcl, getAcl, listAcl, copyAcl],
  ...[exportMetadata, exportConfigs, exportMetrics],
];
