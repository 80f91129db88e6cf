import { ProtocolError } from '../../common/errors.js';
import { parseFastjson, type FastjsonValue } from '../../common/fastjson.js';
import { integerOf, objectOf, textOf, textsOf } from '../../common/json-fields.js';
import type { DataVersion } from './data-version.js';
import { Permission } from './topic-route-data.js';

const DEFAULT_QUEUES = 16;
const READ_WRITE = Permission.read | Permission.write;

/** Source: Apache 5.3 TopicConfig. */
export interface TopicConfig {
  topicName: string;
  readQueueNums: number;
  writeQueueNums: number;
  /** Bits of Permission. */
  perm: number;
  topicFilterType: 'SINGLE_TAG' | 'MULTI_TAG';
  topicSysFlag: number;
  order: boolean;
  attributes: Record<string, string>;
}

/** Content of topics.json and part of REGISTER_BROKER. Source: Apache 5.3 TopicConfigSerializeWrapper. */
export interface TopicConfigTable {
  dataVersion: DataVersion;
  topicConfigTable: Record<string, TopicConfig>;
}

/** Uncompressed body of REGISTER_BROKER. Source: Apache 5.3 RegisterBrokerBody. */
export interface RegisterBrokerBody {
  topicConfigSerializeWrapper: TopicConfigTable & Record<string, unknown>;
  filterServerList: string[];
}

/** Missing fields take Apache's defaults. @throws ProtocolError */
export function readTopicConfig(value: FastjsonValue | undefined): TopicConfig {
  const config = objectOf(value, 'topicConfig');
  return {
    topicName: textOf(config.topicName, 'topicName'),
    readQueueNums: integerOf(config.readQueueNums, 'readQueueNums', DEFAULT_QUEUES),
    writeQueueNums: integerOf(config.writeQueueNums, 'writeQueueNums', DEFAULT_QUEUES),
    perm: integerOf(config.perm, 'perm', READ_WRITE),
    topicFilterType: filterType(textOf(config.topicFilterType, 'topicFilterType', 'SINGLE_TAG')),
    topicSysFlag: integerOf(config.topicSysFlag, 'topicSysFlag', 0),
    order: config.order === true,
    attributes: textsOf(config.attributes, 'attributes'),
  };
}

/**
 * Reads `topic read write perm FILTERTYPE {attributes}`, the form of a compressed registration; it
 * has neither topicSysFlag nor order.
 * @throws ProtocolError
 * Source: Apache 5.3 TopicConfig#decode.
 */
export function parseTopicConfigText(line: string): TopicConfig {
  const match = /^(\S+) (\d+) (\d+) (\d+) (\S+)(?: (.*))?$/s.exec(line);
  if (match === null) throw new ProtocolError(`'${line.slice(0, 200)}' is not a topic's configuration`);
  const [, topicName, read, write, perm, type, attributes] = match;
  return {
    topicName,
    readQueueNums: Number(read),
    writeQueueNums: Number(write),
    perm: Number(perm),
    topicFilterType: filterType(type),
    topicSysFlag: 0,
    order: false,
    attributes: attributes === undefined || attributes === '' ? {} : textsOf(parseFastjson(attributes), 'attributes'),
  };
}

function filterType(name: string): TopicConfig['topicFilterType'] {
  return name === 'MULTI_TAG' ? 'MULTI_TAG' : 'SINGLE_TAG';
}
