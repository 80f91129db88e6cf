import { inflateSync } from 'node:zlib';
import { ByteReader } from '../../common/byte-reader.js';
import { ProtocolError } from '../../common/errors.js';
import { parseFastjson, type FastjsonObject, type FastjsonValue } from '../../common/fastjson.js';
import { objectOf } from '../../common/json-fields.js';
import { readDataVersion, type DataVersion } from './data-version.js';
import { parseTopicConfigText, readTopicConfig, type TopicConfig } from './topic-config.js';

/** What a broker tells a name server of its topics. */
export interface RegisteredTopics {
  dataVersion: DataVersion;
  topics: TopicConfig[];
}

/** MQVersion before which the body is the topic table alone: 3.0.11. */
const WRAPPED_SINCE_VERSION = 37;

/** 100,000 topics take a fifth of it; more is an attempt to fill the memory from a few bytes. */
const MAX_INFLATED_BYTES = 32 * 1024 * 1024;

export interface BodyForm {
  compressed: boolean;
  /** The broker's MQVersion. */
  version: number;
}

/** Reads the body of REGISTER_BROKER. @throws ProtocolError. Source: Apache 5.3 RegisterBrokerBody#decode. */
export function decodeRegisterBrokerBody(
  body: Buffer | undefined,
  { compressed, version }: BodyForm,
): RegisteredTopics {
  if (body === undefined) return { dataVersion: { stateVersion: 0, timestamp: 0, counter: 0 }, topics: [] };
  if (compressed) return decodeCompressed(body);
  const json = objectOf(parse(body.toString()), 'the registration');
  if (version < WRAPPED_SINCE_VERSION) return readWrapper(json);
  return readWrapper(objectOf(json.topicConfigSerializeWrapper, 'topicConfigSerializeWrapper'));
}

/** Ten thousand topics are two megabytes: Node's own parser first, which reads nearly all of them. */
function parse(text: string): FastjsonValue {
  try {
    return JSON.parse(text) as FastjsonValue;
  } catch {
    return parseFastjson(text); // the dialect with raw keys; its error names the position
  }
}

function readWrapper(wrapper: FastjsonObject): RegisteredTopics {
  const table = objectOf(wrapper.topicConfigTable ?? {}, 'topicConfigTable');
  return {
    dataVersion: readDataVersion(wrapper.dataVersion ?? {}),
    topics: Object.values(table).map(readTopicConfig),
  };
}

/**
 * One zlib stream: length 4, data version as JSON | topic count 4 | per topic: length 4, text |
 * filter servers and, since 5.0, static topics, which nobody here asks for.
 */
function decodeCompressed(body: Buffer): RegisteredTopics {
  const reader = new ByteReader(inflate(body));
  const dataVersion = readDataVersion(parseFastjson(reader.utf8(reader.int32())));
  const count = reader.int32();
  const topics: TopicConfig[] = [];
  for (let topic = 0; topic < count; topic++) topics.push(parseTopicConfigText(reader.utf8(reader.int32())));
  return { dataVersion, topics };
}

function inflate(body: Buffer): Buffer {
  try {
    return inflateSync(body, { maxOutputLength: MAX_INFLATED_BYTES });
  } catch (cause) {
    throw new ProtocolError(`the registration cannot be inflated to at most ${MAX_INFLATED_BYTES} bytes`, { cause });
  }
}
