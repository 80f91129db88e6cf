import { parseFastjson, writeFastjson, type FastjsonValue } from '../../common/fastjson.js';
import { arrayOf, integerOf, objectOf, textOf } from '../../common/json-fields.js';
import type { BrokerData, QueueData, TopicRouteData } from './topic-route-data.js';

/**
 * `raw`: as fastjson writes by default, broker ids without quotes, `{0:"…"}`.
 * `standard`: JSON, plain ASCII; what clients since 4.9.4 are sent.
 * Source: Apache 5.3 ClientRequestProcessor#getRouteInfoByTopic.
 */
export type JsonDialect = 'raw' | 'standard';

export function encodeTopicRoute(route: TopicRouteData, dialect: JsonDialect): Buffer {
  const { brokerDatas, filterServerTable, orderTopicConf, queueDatas } = route;
  const ordered = {
    brokerDatas: brokerDatas.map((data) => (dialect === 'raw' ? rawBrokerData(data) : standardBrokerData(data))),
    filterServerTable,
    orderTopicConf,
    queueDatas: queueDatas.map(queueDataInOrder),
  };
  if (dialect === 'raw') return Buffer.from(writeFastjson(ordered));
  return Buffer.from(JSON.stringify(ordered).replace(/[\u0080-\uffff]/g, escaped));
}

/** A broker as fastjson writes it, fields in Java's order. */
export function rawBrokerData(data: BrokerData): object {
  const addresses = Object.entries(data.brokerAddrs).map(([id, address]): [number, string] => [Number(id), address]);
  return { brokerAddrs: new Map(addresses.sort(([a], [b]) => a - b)), ...describe(data) };
}

function standardBrokerData(data: BrokerData): object {
  return { brokerAddrs: data.brokerAddrs, ...describe(data) };
}

function describe({ brokerName, cluster, enableActingMaster = false, zoneName }: BrokerData): object {
  return { brokerName, cluster, enableActingMaster, zoneName };
}

function queueDataInOrder({ brokerName, perm, readQueueNums, topicSysFlag, writeQueueNums }: QueueData): QueueData {
  return { brokerName, perm, readQueueNums, topicSysFlag, writeQueueNums };
}

function escaped(character: string): string {
  return `\\u${character.charCodeAt(0).toString(16).toUpperCase().padStart(4, '0')}`;
}

/** The queues in the body of REGISTER_TOPIC_IN_NAMESRV. @throws ProtocolError */
export function decodeQueueDatas(body: Buffer | undefined): QueueData[] {
  const route = objectOf(parseFastjson(body?.toString() ?? '{}'), 'the route');
  return arrayOf(route.queueDatas, 'queueDatas').map(readQueueData);
}

function readQueueData(value: FastjsonValue): QueueData {
  const data = objectOf(value, 'queueData');
  return {
    brokerName: textOf(data.brokerName, 'brokerName'),
    perm: integerOf(data.perm, 'perm'),
    readQueueNums: integerOf(data.readQueueNums, 'readQueueNums'),
    topicSysFlag: integerOf(data.topicSysFlag, 'topicSysFlag', 0),
    writeQueueNums: integerOf(data.writeQueueNums, 'writeQueueNums'),
  };
}
