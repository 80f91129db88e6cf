import { describeWhen } from '../support/requirements.js';
import { java17AndMaven } from './support/java-programs.js';
import { type ProbeClients, ClientProbe, type ProbeSendResult } from './support/client-probe.js';
import { startJavaClient } from './support/java-client.js';
import type { Cluster } from './support/cluster.js';
import { sampleMessages } from './support/sample-messages.js';
import { type Target, targets } from './support/targets.js';

/** A cluster with the same history as the other: a topic, messages, a group that consumed them. */
interface Side {
  cluster: Cluster;
  /** One for each side: mqadmin takes seconds for its end, and keeps its name server for the whole process. */
  probe: ClientProbe;
  java: ProbeClients;
  sent: ProbeSendResult[];
}

interface Step {
  /** mqadmin's command and its options; `-n` is added. */
  words(side: Side): string[];
  /** What a successful run prints. */
  prints: RegExp;
  /** Parts that may differ between two runs of the same broker. */
  blur?: RegExp;
  /** The lines come in no particular order. */
  unordered?: true;
}

const TOPIC = 'adm';
const GROUP = 'g_adm';

const steps: Record<string, Step> = {
  updateTopic: {
    words: ({ cluster }) => ['updateTopic', '-b', cluster.brokerAddress, '-t', 'made', '-r', '3', '-w', '2'],
    prints: /create topic to .* success\.\s+TopicConfig \[topicName=made, readQueueNums=3, writeQueueNums=2, perm=RW-/,
  },
  clusterList: {
    words: () => ['clusterList'],
    prints: /DefaultCluster +broker-a +0 +\S+ +V5_3_3 .* true/,
    blur: /(?<=V5_3_3).*/g,
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
  resetOffsetByTime: {
    words: () => ['resetOffsetByTime', '-g', GROUP, '-t', TOPIC, '-s', '0'],
    prints: /broker-a +0 +0 /,
  },
  brokerConsumeStats: {
    words: ({ cluster }) => ['brokerConsumeStats', '-b', cluster.brokerAddress],
    prints: /Diff Total: \d+/,
    blur: /(?<=broker-a +).*|(?<=Diff Total: ).*/g,
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
  deleteSubGroup: {
    words: ({ cluster }) => ['deleteSubGroup', '-b', cluster.brokerAddress, '-g', 'g_made'],
    prints: /delete subscription group \[g_made\] from broker .* success/,
  },
  deleteTopic: {
    words: () => ['deleteTopic', '-t', 'made', '-c', 'DefaultCluster'],
    prints: /delete topic \[made\] from cluster \[DefaultCluster\] success[^]*from NameServer success/,
  },
};

describeWhen(java17AndMaven, 'mqadmin 5.3.3 prints of our cluster what it prints of Apache’s', () => {
  let sides: Side[];

  beforeAll(async () => {
    sides = await Promise.all(targets.map(prepare));
  });

  afterAll(async () => {
    for (const { cluster, probe } of sides) {
      await probe.stop();
      await cluster.stop();
    }
  });

  test.each(Object.entries(steps))('%s', async (_name, step) => sameOnBoth(step));

  async function sameOnBoth(step: Step): Promise<void> {
    const printed = await Promise.all(sides.map(async (side) => side.java.mqadmin(...step.words(side))));
    for (const text of printed) expect(text).toMatch(step.prints);
    const [apache, ours] = printed.map((text, i) => comparable(text, sides[i], step));
    expect(ours).toEqual(apache);
  }
});

async function prepare(target: Target): Promise<Side> {
  const cluster = await target.start();
  const probe = await startJavaClient();
  const java = probe.at(cluster.nameServerAddresses);
  await java.createTopic(TOPIC, { queues: 2 });
  const queues = (await java.queues(TOPIC)).sort((a, b) => a.queueId - b.queueId);
  const sent = await java.send(
    sampleMessages(TOPIC, 4).map((message, i) => ({ ...message, queue: queues[i % 2] })),
    'queue',
  );
  await consumeAll(java, 4);
  await java.consume({ group: GROUP, topics: [TOPIC] });
  return { cluster, probe, java, sent };
}

/**
 * A consumer that stops commits at once, one that runs only after ten seconds. Stopping just behind
 * the last delivery, Java's may leave that one out: then it comes again.
 */
async function consumeAll(java: ProbeClients, count: number): Promise<void> {
  for (let expected = count, rounds = 0; rounds < 5; expected = 1, rounds++) {
    const consumer = await java.consume({ group: GROUP, topics: [TOPIC] });
    await consumer.atLeast(expected);
    await consumer.stop();
    if ((await java.mqadmin('consumerProgress', '-g', GROUP)).includes('Consume Diff Total: 0')) return;
  }
  throw new Error(`${GROUP} has not committed all of ${TOPIC}`);
}

/** What was printed, without what belongs to this one run. */
function comparable(printed: string, { cluster }: Side, { blur, unordered }: Step): string {
  let text = printed
    .replaceAll(cluster.brokerAddress, '<broker>')
    .replaceAll(cluster.nameServerAddresses, '<name server>');
  if (blur) text = text.replaceAll(blur, ' <varies>');
  text = text
    .replaceAll(/\d{4}-\d\d-\d\d \d\d:\d\d:\d\d(,\d+)?/g, '<time>')
    .replaceAll(/\b\d{13}\b/g, '<milliseconds>')
    .replaceAll(/\b[0-9A-F]{32}\b/g, '<id>')
    .replaceAll(/127\.0\.0\.1:\d+/g, '<client>')
    .replaceAll(/probe-127-0-0-1-\d+/g, '<instance>')
    .replaceAll(/ {2,}/g, ' '.repeat(2))
    .trim();
  text = text
    // Apache also names a group after the topic: ConsumerManager#registerConsumer puts the topic into its set of groups.
    .replaceAll(new RegExp(`MessageTrack \\[consumerGroup=${TOPIC},[^\\]]*\\]`, 'g'), '')
    // Depends on whether the retry topic has been pulled once.
    .replaceAll(/^%RETRY%.* N\/A *\n/gm, '')
    .trim();
  return unordered ? text.split('\n').sort().join('\n') : text;
}
