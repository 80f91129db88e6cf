import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { GROUP, TOPIC, type Side } from './side.js';

export interface Step {
  /** mqadmin's command and its options; `-n` is added. */
  words(side: Side): readonly string[] | Promise<readonly string[]>;
  /** What a successful run prints. */
  prints: RegExp;
  /** Parts that may differ between two runs of the same broker. */
  blur?: RegExp;
  /** The lines come in no particular order. */
  unordered?: true;
  /** It would go on for ever. */
  endAfterMs?: number;
  /** A file it writes: compared like what it prints. */
  file?: (side: Side) => string;
  /** What it asks for may come a moment later. */
  retry?: true;
  /** How what it prints of ours differs from what it prints of Apache's, on purpose. */
  differs?: string;
}

export const steps: Record<string, Step> = {
  updateTopic: {
    words: ({ cluster }) => ['updateTopic', '-b', cluster.brokerAddress, '-t', 'made', '-r', '3', '-w', '2'],
    prints: /create topic to .* success\.\s+TopicConfig \[topicName=made, readQueueNums=3, writeQueueNums=2, perm=RW-/,
  },
  clusterList: {
    words: () => ['clusterList'],
    prints: /DefaultCluster +broker-a +0 +\S+ +V5_3_3 .* true/,
    blur: /(?<=V5_3_3).*/g,
    retry: true,
  },
  topicList: { words: () => ['topicList'], prints: /^adm$/m, unordered: true },
  topicRoute: { words: () => ['topicRoute', '-t', TOPIC], prints: /"brokerName":"broker-a"[^]*"readQueueNums":2/ },
  topicStatus: {
    words: () => ['topicStatus', '-t', TOPIC],
    prints: /broker-a +0 +0 +2 .*\nbroker-a +1 +0 +2 /,
    blur: /(?<=TPS: ).*/g,
  },
  topicClusterList: { words: () => ['topicClusterList', '-t', TOPIC], prints: /^DefaultCluster/ },
  'consumerProgress of a group': {
    words: () => ['consumerProgress', '-g', GROUP],
    prints: /adm +broker-a +0 +2 +2 +0[^]*Consume Diff Total: 0/,
    blur: /(?<=TPS: ).*/g,
  },
  'consumerProgress of all': {
    words: () => ['consumerProgress'],
    prints: /g_adm +1 +V5_3_3 +PUSH +CLUSTERING/,
    blur: /(?<=CLUSTERING).*/g,
  },
  consumerConnection: { words: () => ['consumerConnection', '-g', GROUP], prints: /JAVA +V5_3_3[^]*adm +\*/ },
  producerConnection: {
    words: () => ['producerConnection', '-g', 'probe-producer', '-t', TOPIC],
    prints: /0001 .* JAVA +V5_3_3/,
  },
  producer: {
    words: ({ cluster }) => ['producer', '-b', cluster.brokerAddress],
    prints: /producer group \(probe-producer\) instance/,
    unordered: true,
  },
  queryMsgById: {
    words: ({ sent }) => ['queryMsgById', '-t', TOPIC, '-i', sent[0].offsetMessageId],
    prints: /Topic: +adm\nTags: +\[TagA\]\nKeys: +\[k-0000\]/,
  },
  queryMsgByKey: { words: () => ['queryMsgByKey', '-t', TOPIC, '-k', 'k-0001'], prints: /[0-9A-F]{32} +\d+ +0/ },
  queryMsgByUniqueKey: {
    words: ({ sent }) => ['queryMsgByUniqueKey', '-t', TOPIC, '-i', sent[1].messageId],
    prints: /Keys: +\[k-0001 second-1\]/,
  },
  queryMsgByOffset: {
    words: () => ['queryMsgByOffset', '-t', TOPIC, '-b', 'broker-a', '-i', '0', '-o', '1'],
    prints: /Queue Offset: +1/,
  },
  queryCq: {
    words: ({ cluster }) => ['queryCq', '-t', TOPIC, '-q', '0', '-i', '0', '-c', '2', '-b', cluster.brokerAddress],
    prints: /max: 2, min: 0[^]*physicOffset=0, physicSize=\d+, tagsCode=2598919/,
  },
  sendMessage: {
    words: () => ['sendMessage', '-t', TOPIC, '-p', 'hello', '-c', 'TagX', '-b', 'broker-a', '-i', '1'],
    prints: /broker-a +1 +SEND_OK +[0-9A-F]{32}/,
  },
  consumeMessage: {
    words: () => ['consumeMessage', '-t', TOPIC, '-b', 'broker-a', '-i', '1', '-s', '0', '-c', '3'],
    prints: /BODY: hello/,
  },
  printMsg: { words: () => ['printMsg', '-t', TOPIC], prints: /minOffset=0, maxOffset=3.*queueId=1[^]*BODY: hello/ },
  brokerStatus: {
    words: ({ cluster }) => ['brokerStatus', '-b', cluster.brokerAddress],
    prints: /brokerVersionDesc +: V5_3_3/,
    blur: /(?<= : ?).*|(?<=commitLogDiskRatio_).*/g,
  },
  updateSubGroup: {
    words: ({ cluster }) => ['updateSubGroup', '-b', cluster.brokerAddress, '-g', 'g_made', '-r', '3'],
    prints: /create subscription group to .* success\.\s+SubscriptionGroupConfig\{groupName=g_made/,
  },
  getConsumerConfig: { words: () => ['getConsumerConfig', '-g', 'g_made'], prints: /retryMaxTimes += +3/ },
  // Before a reset, of which a consumer hears sooner or later.
  brokerConsumeStats: {
    words: ({ cluster }) => ['brokerConsumeStats', '-b', cluster.brokerAddress],
    prints: /Diff Total: \d+/,
    blur: /(?<=broker-a +).*|(?<=Diff Total: ).*/g,
  },
  resetOffsetByTime: {
    words: () => ['resetOffsetByTime', '-g', GROUP, '-t', TOPIC, '-s', '0'],
    prints: /broker-a +0 +0 /,
  },
  allocateMQ: {
    words: () => ['allocateMQ', '-t', TOPIC, '-i', 'a,b'],
    prints: /"a":\[\{"brokerName":"broker-a","queueId":0/,
  },
  updateKvConfig: { words: () => ['updateKvConfig', '-s', 'space', '-k', 'a', '-v', 'b'], prints: /success/ },
  deleteKvConfig: { words: () => ['deleteKvConfig', '-s', 'space', '-k', 'a'], prints: /success/ },
  updateOrderConf: {
    words: () => ['updateOrderConf', '-t', TOPIC, '-m', 'put', '-v', 'broker-a:2'],
    prints: /update orderConf success/,
  },
  wipeWritePerm: {
    words: () => ['wipeWritePerm', '-b', 'broker-a'],
    prints: /wipe write perm of broker\[broker-a\] .* OK, \d+/,
  },
  addWritePerm: {
    words: () => ['addWritePerm', '-b', 'broker-a'],
    prints: /add write perm of broker\[broker-a\] .* OK, \d+/,
  },
  updateTopicPerm: {
    words: ({ cluster }) => ['updateTopicPerm', '-t', 'made', '-b', cluster.brokerAddress, '-p', '4'],
    prints: /update topic perm from 6 to 4/,
  },
  cleanExpiredCQ: {
    words: ({ cluster }) => ['cleanExpiredCQ', '-b', cluster.brokerAddress],
    prints: /success/,
  },
  cleanUnusedTopic: {
    words: ({ cluster }) => ['cleanUnusedTopic', '-b', cluster.brokerAddress],
    prints: /success/,
  },
  haStatus: {
    words: ({ cluster }) => ['haStatus', '-b', cluster.brokerAddress],
    prints: /#SlaveNum\s+0/,
    blur: /(?<=MaxOffset\t).*/g,
  },
  updateTopicList: {
    words: (side) => {
      const topics = ['many_1', 'many_2'].map((topicName) => ({
        topicName,
        readQueueNums: 2,
        writeQueueNums: 2,
        perm: 6,
      }));
      return ['updateTopicList', '-b', side.cluster.brokerAddress, '-f', jsonFile(side, 'topics.json', topics)];
    },
    prints: /success/,
  },
  updateSubGroupList: {
    words: (side) => {
      const groups = ['g_many_1', 'g_many_2'].map((groupName) => ({ groupName, retryMaxTimes: 5 }));
      return ['updateSubGroupList', '-b', side.cluster.brokerAddress, '-f', jsonFile(side, 'groups.json', groups)];
    },
    prints: /success/,
  },
  setConsumeMode: {
    words: ({ cluster }) => [
      ...['setConsumeMode', '-b', cluster.brokerAddress, '-t', TOPIC, '-g', 'g_other', '-m', 'POP', '-q', '1'],
    ],
    prints: /set consume mode to \S+ success/,
  },
  updateBrokerConfig: {
    words: ({ cluster }) => [
      'updateBrokerConfig',
      '-b',
      cluster.brokerAddress,
      '-k',
      'transactionCheckMax',
      '-v',
      '14',
    ],
    prints: /success/,
  },
  getBrokerConfig: {
    words: ({ cluster }) => ['getBrokerConfig', '-b', cluster.brokerAddress],
    prints: /transactionCheckMax += +14/,
    differs: 'ours prints the settings that mean something here',
  },
  resetMasterFlushOffset: {
    words: ({ cluster }) => ['resetMasterFlushOffset', '-b', cluster.brokerAddress, '-o', '10'],
    prints: /success/,
  },
  printMsgByQueue: {
    words: () => [
      'printMsgByQueue',
      '-t',
      TOPIC,
      '-a',
      'broker-a',
      '-i',
      '1',
      '-p',
      'true',
      '-d',
      'true',
      '-f',
      'true',
    ],
    prints: /BODY: hello/,
  },
  queryMsgTraceById: {
    words: async (side) => {
      const place = ['-b', 'broker-a', '-i', '0'];
      const sent = await side.mqadmin(['sendMessage', '-t', TOPIC, ...place, '-p', 'traced', '-m', 'true']);
      const id = /\b[0-9A-F]{32}\b/.exec(sent)?.[0] ?? 'none';
      return ['queryMsgTraceById', '-i', id];
    },
    prints: /Pub/,
    blur: /\d+ms/g,
    retry: true,
  },
  sendMsgStatus: {
    words: () => ['sendMsgStatus', '-b', 'broker-a', '-c', '2', '-s', '16'],
    prints: /(rt=\d+ms, SendResult=SendResult \[sendStatus=SEND_OK.*\s+){2}/,
    blur: /(?<=rt=)\d+/g,
  },
  checkMsgSendRT: {
    words: () => ['checkMsgSendRT', '-t', 'many_1', '-a', '3', '-s', '16'],
    prints: /(broker-a +\d +true +\d+\s+){3}Avg RT/,
    blur: /(?<=true +)\d+|(?<=Avg RT: ).*/g,
  },
  clusterRT: {
    words: () => ['clusterRT', '-a', '2', '-s', '16', '-i', '60'],
    prints: /DefaultCluster +broker-a/,
    blur: /(?<=DefaultCluster +broker-a +)\S+/g,
    endAfterMs: 1500,
  },
  consumerStatus: {
    words: async (side) => {
      const connections = await side.mqadmin(['consumerConnection', '-g', GROUP]);
      const id = /(\S+@\S+)/.exec(connections)?.[1] ?? 'none';
      return ['consumerStatus', '-g', GROUP, '-i', id];
    },
    prints: /#Consumer MQ Detail#/,
    blur: /(?<=consumeTimestamp +: ).*|[@$][0-9a-zA-Z@$/]+$|(?<=%RETRY%g_adm +broker-a +0 +).*|(?<=(Offset|Timestamp)=)-?\d+|(?<=adm +)[\d. ]+$/gm,
  },
  cloneGroupOffset: {
    words: () => ['cloneGroupOffset', '-s', GROUP, '-d', 'g_many_1', '-t', TOPIC],
    prints: /success/,
  },
  skipAccumulatedMessage: {
    words: () => ['skipAccumulatedMessage', '-g', GROUP, '-t', TOPIC, '-f', 'true'],
    prints: /broker-a/,
  },
  statsAll: {
    words: () => ['statsAll', '-t', TOPIC],
    prints: /adm +g_adm/,
    blur: /(?<=g_\w+ +)\d.*/g,
  },
  startMonitoring: { words: () => ['startMonitoring'], prints: /^/ },
  getNamesrvConfig: {
    words: () => ['getNamesrvConfig'],
    prints: /orderMessageEnable/,
    differs: 'ours prints the settings that mean something here',
  },
  updateNamesrvConfig: {
    words: () => ['updateNamesrvConfig', '-k', 'orderMessageEnable', '-v', 'true'],
    prints: /success/,
  },
  deleteExpiredCommitLog: {
    words: ({ cluster }) => ['deleteExpiredCommitLog', '-b', cluster.brokerAddress],
    prints: /success/,
  },
  exportMetadata: {
    words: ({ directory }) => ['exportMetadata', '-c', 'DefaultCluster', '-f', directory],
    prints: /export .*metadata.json success/,
    file: ({ directory }) => join(directory, 'metadata.json'),
    unordered: true,
  },
  exportConfigs: {
    words: ({ directory }) => ['exportConfigs', '-c', 'DefaultCluster', '-f', directory],
    prints: /export .*configs.json success/,
    file: ({ directory }) => join(directory, 'configs.json'),
    unordered: true,
    differs: 'ours has no brokerRole, slaveReadEnable and useTLS among its settings',
  },
  exportMetrics: {
    words: ({ directory }) => ['exportMetrics', '-c', 'DefaultCluster', '-f', directory],
    prints: /export .*metrics.json success/,
    file: ({ directory }) => join(directory, 'metrics.json'),
    unordered: true,
    blur: /(?<=(Ratio|Tps)":).*/g,
    differs: 'ours has no cpuNum, for which Apache’s tells a number of threads',
  },
  exportPopRecord: {
    words: ({ cluster }) => ['exportPopRecord', '-b', cluster.brokerAddress],
    prints: /xport broker records/,
  },
  deleteSubGroup: {
    words: ({ cluster }) => ['deleteSubGroup', '-b', cluster.brokerAddress, '-g', 'g_made'],
    prints: /delete subscription group \[g_made\] from broker .* success/,
  },
  deleteTopic: {
    words: () => ['deleteTopic', '-t', 'made', '-c', 'DefaultCluster'],
    prints: /delete topic \[made\] from cluster \[DefaultCluster\] success[^]*from NameServer success/,
  },
};

export function jsonFile({ directory }: Side, name: string, content: unknown): string {
  const path = join(directory, name);
  writeFileSync(path, JSON.stringify(content));
  return path;
}
