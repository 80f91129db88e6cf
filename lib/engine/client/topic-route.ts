import { parseFastjson, type FastjsonObject, type FastjsonValue } from '../common/fastjson.js';
import { ProtocolError } from '../common/errors.js';
import { compareText, type MessageQueue } from '../message/message-queue.js';
import {
  MASTER_ID,
  Permission,
  type BrokerData,
  type QueueData,
  type TopicRouteData,
} from '../protocol/bodies/topic-route-data.js';

/** A topic as clients use it. */
export interface TopicRoute {
  readonly topic: string;
  /** Where messages can be sent: writable queues of brokers that have a master. */
  readonly publishQueues: readonly MessageQueue[];
  /** Where messages can be read: all readable queues. */
  readonly subscribeQueues: readonly MessageQueue[];
  readonly brokers: readonly BrokerData[];
  /** The topic does not exist yet; its first message creates it. Nothing can be read from it. */
  readonly isProvisional: boolean;
}

/** Source: Apache 5.3 MQClientInstance#topicRouteData2TopicPublishInfo, #topicRouteData2TopicSubscribeInfo. */
export function toTopicRoute(topic: string, data: TopicRouteData): TopicRoute {
  return {
    topic,
    publishQueues: data.orderTopicConf ? orderedQueues(topic, data.orderTopicConf) : publishQueues(topic, data),
    subscribeQueues: byBrokerName(data.queueDatas)
      .filter(({ perm }) => (perm & Permission.read) !== 0)
      .flatMap(({ brokerName, readQueueNums }) => queuesOf(topic, brokerName, readQueueNums)),
    brokers: data.brokerDatas,
    isProvisional: false,
  };
}

/**
 * The route of a topic that does not exist yet, made from the one of the topic that new ones are
 * created from. Source: Apache 5.3 MQClientInstance#updateTopicRouteInfoFromNameServer.
 */
export function toProvisionalRoute(topic: string, data: TopicRouteData, defaultTopicQueueNums: number): TopicRoute {
  const queueDatas = data.queueDatas.map((queueData) => ({
    ...queueData,
    writeQueueNums: Math.min(defaultTopicQueueNums, queueData.readQueueNums),
  }));
  return { ...toTopicRoute(topic, { ...data, queueDatas }), subscribeQueues: [], isProvisional: true };
}

/** Compares what matters to clients; the order of brokers and queues does not. */
export function isSameRoute(a: TopicRoute, b: TopicRoute): boolean {
  return fingerprint(a) === fingerprint(b);
}

/** @throws ProtocolError when the body is not a route */
export function decodeTopicRoute(body: Buffer): TopicRouteData {
  const data = asObject(parseFastjson(body.toString('utf8')), 'the route');
  return {
    orderTopicConf: typeof data.orderTopicConf === 'string' ? data.orderTopicConf : undefined,
    queueDatas: asArray(data.queueDatas, 'queueDatas').map(decodeQueueData),
    brokerDatas: asArray(data.brokerDatas, 'brokerDatas').map(decodeBrokerData),
    filterServerTable: {},
  };
}

/** @throws ProtocolError */
export function decodeBrokerData(value: FastjsonValue): BrokerData {
  const data = asObject(value, 'brokerData');
  const addresses = Object.entries(asObject(data.brokerAddrs, 'brokerAddrs'));
  return {
    cluster: asText(data.cluster, 'cluster'),
    brokerName: asText(data.brokerName, 'brokerName'),
    brokerAddrs: Object.fromEntries(addresses.map(([id, address]) => [id, asText(address, 'brokerAddrs')])),
  };
}

function decodeQueueData(value: FastjsonValue): QueueData {
  const data = asObject(value, 'queueData');
  return {
    brokerName: asText(data.brokerName, 'brokerName'),
    readQueueNums: asCount(data.readQueueNums, 'readQueueNums'),
    writeQueueNums: asCount(data.writeQueueNums, 'writeQueueNums'),
    perm: asCount(data.perm, 'perm'),
    topicSysFlag: asCount(data.topicSysFlag ?? 0, 'topicSysFlag'),
  };
}

function publishQueues(topic: string, { queueDatas, brokerDatas }: TopicRouteData): MessageQueue[] {
  const withMaster = new Set(
    brokerDatas.filter(({ brokerAddrs }) => String(MASTER_ID) in brokerAddrs).map(({ brokerName }) => brokerName),
  );
  return byBrokerName(queueDatas)
    .filter(({ perm, brokerName }) => (perm & Permission.write) !== 0 && withMaster.has(brokerName))
    .flatMap(({ brokerName, writeQueueNums }) => queuesOf(topic, brokerName, writeQueueNums));
}

/** `brokerA:4;brokerB:4`: these queues in this order, whatever is alive. */
function orderedQueues(topic: string, orderTopicConf: string): MessageQueue[] {
  return orderTopicConf.split(';').flatMap((part) => {
    const [brokerName, count] = part.split(':');
    return queuesOf(topic, brokerName, asCount(Number(count), 'orderTopicConf'));
  });
}

/** More queues than any topic has; a peer's number is not a licence to allocate. */
const MAX_QUEUES = 65_536;

function queuesOf(topic: string, brokerName: string, count: number): MessageQueue[] {
  return Array.from({ length: count }, (_, queueId) => ({ topic, brokerName, queueId }));
}

function byBrokerName(queueDatas: readonly QueueData[]): QueueData[] {
  return [...queueDatas].sort((a, b) => compareText(a.brokerName, b.brokerName));
}

function fingerprint({ isProvisional, publishQueues, subscribeQueues, brokers }: TopicRoute): string {
  const addresses = brokers.map(({ brokerName, brokerAddrs }) => [brokerName, Object.entries(brokerAddrs).sort()]);
  return JSON.stringify([
    isProvisional,
    publishQueues,
    subscribeQueues,
    addresses.map((broker) => JSON.stringify(broker)).sort(),
  ]);
}

function asObject(value: FastjsonValue | undefined, what: string): FastjsonObject {
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw new ProtocolError(`${what} is no object`);
  return value;
}

function asArray(value: FastjsonValue | undefined, what: string): FastjsonValue[] {
  if (value === undefined || value === null) return [];
  if (!Array.isArray(value)) throw new ProtocolError(`${what} is no list`);
  return value;
}

function asText(value: FastjsonValue | undefined, what: string): string {
  if (typeof value !== 'string') throw new ProtocolError(`${what} is no text`);
  return value;
}

function asCount(value: FastjsonValue | undefined, what: string): number {
  if (typeof value !== 'number' || !Number.isInteger(value) || value < 0 || value > MAX_QUEUES) {
    throw new ProtocolError(`${what}: ${JSON.stringify(value)} is no number between 0 and ${MAX_QUEUES}`);
  }
  return value;
}
