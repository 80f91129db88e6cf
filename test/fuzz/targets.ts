import { deflateSync } from 'node:zlib';
import { readPolicies, InvalidAclError } from '../../lib/engine/access/acl.js';
import { readPlainAcl } from '../../lib/engine/access/plain-acl.js';
import { compileSql92 } from '../../lib/engine/broker/filter/sql92.js';
import { FilterSyntaxError } from '../../lib/engine/broker/filter/filter-syntax-error.js';
import { ConfigurationError, ProtocolError } from '../../lib/engine/common/errors.js';
import { parseFastjson } from '../../lib/engine/common/fastjson.js';
import { parseJavaProperties } from '../../lib/engine/common/java-properties.js';
import { decodeBatch, encodeBatch } from '../../lib/engine/message/batch-codec.js';
import { decodeRecords } from '../../lib/engine/message/message-codec.js';
import { encodeRecord } from '../../lib/engine/message/record-writer.js';
import { decodeOffsetMessageId } from '../../lib/engine/message/message-id.js';
import { decodeProperties } from '../../lib/engine/message/properties-codec.js';
import { decodeHeartbeatData } from '../../lib/engine/protocol/bodies/heartbeat-data.js';
import { decodeLockBatchBody } from '../../lib/engine/protocol/bodies/lock-batch.js';
import { decodeQueueOffsets } from '../../lib/engine/protocol/bodies/queue-offsets.js';
import { decodeRegisterBrokerBody } from '../../lib/engine/protocol/bodies/register-broker-body.js';
import { decodeQueueDatas } from '../../lib/engine/protocol/bodies/topic-route-json.js';
import { encodeHeader } from '../../lib/engine/protocol/field-table.js';
import { encodeFrame, HeaderForm } from '../../lib/engine/protocol/frame-codec.js';
import { numbered, request } from '../../lib/engine/protocol/remoting-command.js';
import { RequestCode } from '../../lib/engine/protocol/request-code.js';
import { sendMessageV2Request } from '../../lib/engine/protocol/requests/send-message.js';
import { brokerConf } from '../../lib/engine/servers/server-conf.js';
import type { FuzzTarget } from './fuzzer.js';

const host = { host: '127.0.0.1', port: 10911 };
const properties = 'TAGS\x01a\x02KEYS\x01k1 k2\x02UNIQ_KEY\x017F0000010001AABBCCDD000000010000\x02';
const record = (topic: string, ipv6: boolean): Buffer =>
  encodeRecord({
    topic,
    queueId: 1,
    flag: 0,
    sysFlag: 0,
    bornTimestamp: 1795257423368,
    bornHost: ipv6 ? { host: 'fd00::2', port: 1 } : host,
    storeHost: host,
    reconsumeTimes: 0,
    preparedTransactionOffset: 0,
    body: Buffer.from('hello'),
    properties: decodeProperties(properties),
  });
const batch = encodeBatch([
  { flag: 0, body: Buffer.from('a'), properties },
  { flag: 1, body: Buffer.alloc(40), properties: '' },
]);
const send = request(RequestCode.SEND_MESSAGE_V2, {
  extFields: encodeHeader(sendMessageV2Request, {
    producerGroup: 'pg',
    topic: 'T',
    defaultTopic: 'TBW102',
    defaultTopicQueueNums: 4,
    queueId: 0,
    sysFlag: 0,
    bornTimestamp: 1795257423368,
    flag: 0,
    properties,
    brokerName: 'b',
  }),
  body: batch,
  remark: 'r',
});
export const frames = Object.values(HeaderForm).map((form) => Buffer.concat(encodeFrame(numbered(send, 77, 0), form)));
const registration = Buffer.from(
  '{"filterServerList":[],"topicConfigSerializeWrapper":{"dataVersion":{"counter":7,"stateVersion":1,"timestamp":17952574},' +
    '"topicConfigTable":{"T":{"attributes":{"a":"b"},"perm":6,"readQueueNums":4,"topicName":"T","writeQueueNums":4}},"x":{0:{}}}}',
);

/** What reads bytes that others have written. */
const decoders: Record<string, Omit<FuzzTarget, 'mayThrow'> & Partial<Pick<FuzzTarget, 'mayThrow'>>> = {
  'a record': {
    originals: [
      record('T', false),
      record('T'.repeat(200), true),
      Buffer.concat([record('T', false), record('U', true)]),
    ],
    decode: decodeRecords,
  },
  'a batch': { originals: [batch], decode: decodeBatch },
  properties: {
    costs: 0.5,
    originals: [Buffer.from(properties)],
    decode: (bytes) => decodeProperties(bytes.toString()),
  },
  'a message id': {
    costs: 0.5,
    originals: [Buffer.from('7F00000100002A9F000000001669DCC6')],
    decode: (bytes) => decodeOffsetMessageId(bytes.toString()),
  },
  'fastjson’s JSON': {
    originals: [registration, Buffer.from('{"__proto__":{"a":1},"constructor":{"prototype":{"b":[1]}}}')],
    decode: (bytes) => parseFastjson(bytes.toString()),
  },
  'a registration': {
    originals: [registration],
    decode: (bytes) => decodeRegisterBrokerBody(bytes, { compressed: false, version: 479 }),
  },
  'a compressed registration': {
    costs: 20,
    originals: [
      deflateSync(Buffer.from('\0\0\0\x02{}\0\0\0\x01\0\0\0\x14T 4 4 6 SINGLE_TAG {}\0\0\0\x02[]\0\0\0\0', 'latin1')),
    ],
    decode: (bytes) => decodeRegisterBrokerBody(bytes, { compressed: true, version: 479 }),
  },
  queues: {
    originals: [
      Buffer.from('{"queueDatas":[{"brokerName":"b","perm":6,"readQueueNums":1,"topicSysFlag":0,"writeQueueNums":1}]}'),
    ],
    decode: decodeQueueDatas,
  },
  'a heartbeat': {
    originals: [
      Buffer.from(
        '{"clientID":"c","producerDataSet":[{"groupName":"p"}],"consumerDataSet":[{"groupName":"g","consumeType":"CONSUME_PASSIVELY",' +
          '"messageModel":"CLUSTERING","subscriptionDataSet":[{"topic":"t","subString":"a||b","tagsSet":["a","b"],"codeSet":[97,98],"subVersion":1}]}]}',
      ),
    ],
    decode: decodeHeartbeatData,
  },
  locks: {
    originals: [
      Buffer.from('{"consumerGroup":"g","clientId":"c","mqSet":[{"topic":"t","brokerName":"b","queueId":0}]}'),
    ],
    decode: decodeLockBatchBody,
  },
  'a broadcasting group’s offsets': {
    originals: [Buffer.from('{"offsetTable":{{"brokerName":"b","queueId":0,"topic":"t"}:12}}')],
    decode: (bytes) => decodeQueueOffsets('offsetTable', bytes),
  },
  'deep JSON': {
    costs: 4,
    originals: [Buffer.from('['.repeat(60) + ']'.repeat(60)), Buffer.from('{"a":'.repeat(60) + '1' + '}'.repeat(60))],
    decode: (bytes) => parseFastjson(bytes.toString()),
  },
  'an SQL92 filter': {
    costs: 20,
    originals: [
      Buffer.from("(a > 1.5 AND b IN ('x','y')) OR NOT (c BETWEEN 1 AND 5) OR d IS NOT NULL"),
      Buffer.from("a CONTAINS 'x' AND b NOT STARTSWITH 'y' AND -c <> 0x1F"),
      Buffer.from(`${'('.repeat(60)}a = 1${')'.repeat(60)}`),
    ],
    decode: (bytes) => compileSql92(bytes.toString())(new Map([['a', '2']])),
    mayThrow: [FilterSyntaxError],
  },
  'a properties file': {
    originals: [Buffer.from('brokerName = a\\u0062\n# c\nlistenPort:10911\nflushDiskType=SYNC_FLUSH\\\n  x\r\n!y\n')],
    decode: (bytes) => parseJavaProperties(bytes.toString()),
    mayThrow: [ConfigurationError],
  },
  'a broker.conf': {
    costs: 200,
    originals: [Buffer.from('brokerName=a\nlistenPort=10911\nstorePathRootDir=/x\nauthenticationEnabled=true\n')],
    decode: (bytes) => brokerConf(parseJavaProperties(bytes.toString())),
    mayThrow: [ConfigurationError],
  },
  policies: {
    originals: [
      Buffer.from(
        '[{"policyType":"Custom","entries":[{"resource":"Topic:a*","actions":["Pub","Sub"],"sourceIps":["10.0.0.0/8","fd00::/16"],"decision":"Allow"}]}]',
      ),
    ],
    decode: (bytes) => [...readPolicies(parseFastjson(bytes.toString()))],
    mayThrow: [ProtocolError, InvalidAclError],
  },
  'a plain_acl.yml': {
    originals: [
      Buffer.from(
        '{"globalWhiteRemoteAddresses":["10.0.*.*","1.1.1.{1,2}"],"accounts":[{"accessKey":"RocketMQ","secretKey":"12345678",' +
          '"whiteRemoteAddress":"1.2.3.4-9","admin":false,"defaultTopicPerm":"DENY","topicPerms":["t=PUB|SUB"],"groupPerms":["g=SUB"]}]}',
      ),
    ],
    decode: (bytes) => [...readPlainAcl(parseFastjson(bytes.toString())).accounts],
    mayThrow: [ProtocolError, ConfigurationError],
  },
};

export const targets: Readonly<Record<string, FuzzTarget>> = Object.fromEntries(
  Object.entries(decoders).map(([what, target]) => [what, { mayThrow: [ProtocolError], ...target }]),
);
