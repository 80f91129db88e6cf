import { join } from 'node:path';
import { GROUP, TOPIC } from './side.js';
import { jsonFile, type Step } from './steps.js';

const CLUSTER = ['-c', 'DefaultCluster'];

/** Each of our commands that mqadmin has too, in the state that its commands have left. */
export const ourSteps: Record<string, Step> = {
  updateTopic: {
    words: () => ['updateTopic', ...CLUSTER, '-t', 'own', '-r', '3', '-w', '2', '-a', '+message.type=NORMAL'],
    prints: /own is on/,
  },
  updateTopicList: {
    words: (side) => [...['updateTopicList', ...CLUSTER, '-f'], jsonFile(side, 'own.json', [{ topicName: 'own_2' }])],
    prints: /own_2/,
  },
  updateTopicPerm: { words: () => ['updateTopicPerm', ...CLUSTER, '-t', 'own_2', '-p', '4'], prints: /own_2/ },
  topicList: { words: () => ['topicList'], prints: /^adm$/m },
  'topicList -c': { words: () => ['topicList', '-c'], prints: /adm +g_adm|adm.*g_adm/s },
  topicRoute: { words: () => ['topicRoute', '-t', TOPIC], prints: /broker-a/ },
  topicStatus: { words: () => ['topicStatus', '-t', TOPIC], prints: /broker-a/, blur: /[\d.]+ messages a second/g },
  topicClusterList: { words: () => ['topicClusterList', '-t', TOPIC], prints: /DefaultCluster/ },
  allocateMQ: { words: () => ['allocateMQ', '-t', TOPIC, '-i', 'a,b'], prints: /broker-a/ },
  'updateOrderConf put': {
    words: () => ['updateOrderConf', '-t', TOPIC, '-m', 'put', '-v', 'broker-a:2'],
    prints: /broker-a:2/,
  },
  'updateOrderConf get': { words: () => ['updateOrderConf', '-t', TOPIC, '-m', 'get'], prints: /broker-a:2/ },
  'updateOrderConf delete': { words: () => ['updateOrderConf', '-t', TOPIC, '-m', 'delete'], prints: /adm/ },
  statsAll: { words: () => ['statsAll', '-t', TOPIC], prints: /g_adm/, blur: /(?<=g_\w+ +)\d.*/g },
  updateSubGroup: { words: () => ['updateSubGroup', ...CLUSTER, '-g', 'g_own', '-r', '3'], prints: /g_own/ },
  updateSubGroupList: {
    words: (side) => [
      ...['updateSubGroupList', ...CLUSTER, '-f'],
      jsonFile(side, 'own.json', [{ groupName: 'g_own_2' }]),
    ],
    prints: /g_own_2/,
  },
  setConsumeMode: {
    words: () => ['setConsumeMode', ...CLUSTER, '-t', TOPIC, '-g', 'g_own', '-m', 'POP', '-q', '1'],
    prints: /g_own/,
  },
  getConsumerConfig: { words: () => ['getConsumerConfig', '-g', 'g_own'], prints: /retryMaxTimes\W+3/ },
  'consumerProgress of a group': {
    words: () => ['consumerProgress', '-g', GROUP, '-t', TOPIC],
    prints: /adm/,
    blur: /consumes [\d.]+/g,
  },
  'consumerProgress of all': {
    words: () => ['consumerProgress'],
    prints: /g_adm/,
    blur: /(?<=CLUSTERING).*/g,
  },
  consumerConnection: { words: () => ['consumerConnection', '-g', GROUP], prints: /V5_3_3|"version": 479/ },
  consumerStatus: { words: () => ['consumerStatus', '-g', GROUP], prints: /adm/, blur: /^.*%RETRY%.*$/gm },
  brokerConsumeStats: {
    words: ({ cluster }) => ['brokerConsumeStats', '-b', cluster.brokerAddress],
    prints: /g_adm/,
    blur: /(?<=g_many_1 +broker-a +\d +).*|(?<=Lag of all groups: ).*/g,
    unordered: true,
  },
  producerConnection: { words: () => ['producerConnection', '-g', 'probe-producer', '-t', TOPIC], prints: /JAVA/ },
  producer: { words: ({ cluster }) => ['producer', '-b', cluster.brokerAddress], prints: /JAVA/ },
  sendMessage: {
    words: () => ['sendMessage', '-t', TOPIC, '-p', 'ours', '-c', 'TagO', '-k', 'k-own', '-b', 'broker-a', '-i', '0'],
    prints: /SEND_OK/,
  },
  queryMsgByKey: { words: () => ['queryMsgByKey', '-t', TOPIC, '-k', 'k-own'], prints: /[0-9A-F]{32}/, retry: true },
  queryMsgById: {
    words: ({ sent }) => ['queryMsgById', '-t', TOPIC, '-i', sent[0].offsetMessageId],
    prints: /k-0000/,
  },
  queryMsgByUniqueKey: {
    words: ({ sent }) => ['queryMsgByUniqueKey', '-t', TOPIC, '-i', sent[1].messageId],
    prints: /k-0001/,
  },
  queryMsgByOffset: {
    words: () => ['queryMsgByOffset', '-t', TOPIC, '-b', 'broker-a', '-i', '0', '-o', '1'],
    prints: /broker-a/,
  },
  queryMsgTraceById: {
    words: async (side) => {
      const place = ['-b', 'broker-a', '-i', '0'];
      const sent = await side.ours(['sendMessage', '-t', TOPIC, ...place, '-p', 'traced', '-m', 'true', '--json']);
      const { messageId } = JSON.parse(sent) as { messageId: string };
      return ['queryMsgTraceById', '-i', messageId];
    },
    prints: /Pub.*success|"success": true/s,
    blur: /\d+ +(?=success)/g,
    retry: true,
  },
  consumeMessage: { words: () => ['consumeMessage', '-t', TOPIC, '-b', 'broker-a', '-i', '1'], prints: /broker-a/ },
  printMsg: { words: () => ['printMsg', '-t', TOPIC, '-d', 'false'], prints: /broker-a/ },
  printMsgByQueue: {
    words: () => ['printMsgByQueue', '-t', TOPIC, '-a', 'broker-a', '-i', '0', '-f', 'true'],
    prints: /Tag/i,
  },
  queryCq: { words: () => ['queryCq', '-t', TOPIC, '-q', '0', '-i', '0', '-c', '2'], prints: /2598919/ },
  checkMsgSendRT: {
    words: () => ['checkMsgSendRT', '-t', 'own', '-a', '3', '-s', '16'],
    prints: /SEND_OK/,
    blur: /[\d.]+ ms/g,
  },
  sendMsgStatus: { words: () => ['sendMsgStatus', '-b', 'broker-a', '-c', '2'], prints: /SEND_OK/, blur: /[\d.]+ ms/g },
  clusterRT: { words: () => ['clusterRT', '-a', '2', '-s', '16'], prints: /^/ },
  startMonitoring: { words: () => ['startMonitoring'], prints: /^/ },
  resetOffsetByTime: { words: () => ['resetOffsetByTime', '-g', GROUP, '-t', TOPIC, '-s', '0'], prints: /broker-a/ },
  skipAccumulatedMessage: { words: () => ['skipAccumulatedMessage', '-g', GROUP, '-t', TOPIC], prints: /broker-a/ },
  cloneGroupOffset: { words: () => ['cloneGroupOffset', '-s', GROUP, '-d', 'g_own', '-t', TOPIC], prints: /g_own/ },
  clusterList: { words: () => ['clusterList'], prints: /broker-a/, blur: /(?<=V5_3_3).*/g },
  'clusterList -m': { words: () => ['clusterList', '-m'], prints: /broker-a/, blur: /(?<=broker-a).*/g },
  brokerStatus: {
    words: ({ cluster }) => ['brokerStatus', '-b', cluster.brokerAddress],
    prints: /brokerVersionDesc/,
    blur: /(?<=^\w+) +.*|(?<=commitLogDiskRatio_).*/gm,
  },
  getBrokerConfig: {
    words: ({ cluster }) => ['getBrokerConfig', '-b', cluster.brokerAddress],
    prints: /flushDiskType/,
    differs: 'our broker has the settings that mean something to it',
  },
  updateBrokerConfig: {
    words: () => ['updateBrokerConfig', ...CLUSTER, '-k', 'transactionCheckMax', '-v', '13'],
    prints: /13/,
  },
  haStatus: {
    words: ({ cluster }) => ['haStatus', '-b', cluster.brokerAddress],
    prints: /master/,
    blur: /(?<=End of its log +)\d+/g,
  },
  cleanExpiredCQ: { words: () => ['cleanExpiredCQ', ...CLUSTER], prints: /./ },
  cleanUnusedTopic: { words: () => ['cleanUnusedTopic', ...CLUSTER], prints: /./ },
  deleteExpiredCommitLog: { words: () => ['deleteExpiredCommitLog', ...CLUSTER], prints: /./ },
  resetMasterFlushOffset: {
    words: ({ cluster }) => ['resetMasterFlushOffset', '-b', cluster.brokerAddress, '-o', '10'],
    prints: /10/,
  },
  updateKvConfig: { words: () => ['updateKvConfig', '-s', 'space', '-k', 'a', '-v', 'b'], prints: /space/ },
  deleteKvConfig: { words: () => ['deleteKvConfig', '-s', 'space', '-k', 'a'], prints: /space/ },
  getNamesrvConfig: {
    words: () => ['getNamesrvConfig'],
    prints: /orderMessageEnable/,
    differs: 'our name server has the settings that mean something to it',
  },
  updateNamesrvConfig: {
    words: () => ['updateNamesrvConfig', '-k', 'orderMessageEnable', '-v', 'true'],
    prints: /orderMessageEnable/,
  },
  wipeWritePerm: { words: () => ['wipeWritePerm', '-b', 'broker-a'], prints: /./ },
  addWritePerm: { words: () => ['addWritePerm', '-b', 'broker-a'], prints: /./ },
  exportMetadata: {
    words: ({ directory }) => ['exportMetadata', ...CLUSTER, '-f', join(directory, 'own')],
    prints: /metadata.json/,
    file: ({ directory }) => join(directory, 'own/metadata.json'),
  },
  exportConfigs: {
    words: ({ directory }) => ['exportConfigs', ...CLUSTER, '-f', join(directory, 'own')],
    prints: /configs.json/,
    file: ({ directory }) => join(directory, 'own/configs.json'),
    differs: 'our broker has no brokerRole, slaveReadEnable and useTLS among its settings',
  },
  exportMetrics: {
    words: ({ directory }) => ['exportMetrics', ...CLUSTER, '-f', join(directory, 'own')],
    prints: /metrics.json/,
    file: ({ directory }) => join(directory, 'own/metrics.json'),
    blur: /(?<=(Ratio|Tps)": ).*|(?<=AverageSize": ).*/g,
    differs: 'our broker has no cpuNum, for which Apache’s tells a number of threads',
  },
  deleteSubGroup: { words: () => ['deleteSubGroup', ...CLUSTER, '-g', 'g_own'], prints: /g_own/ },
  deleteTopic: { words: () => ['deleteTopic', ...CLUSTER, '-t', 'own'], prints: /own/ },
};
