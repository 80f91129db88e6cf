import { deflateSync } from 'node:zlib';
import { ProtocolError } from '../../lib/engine/common/errors.js';
import { parseFastjson } from '../../lib/engine/common/fastjson.js';
import { decodeBatch, encodeBatch } from '../../lib/engine/message/batch-codec.js';
import { decodeRecords, encodeRecord } from '../../lib/engine/message/message-codec.js';
import { decodeOffsetMessageId } from '../../lib/engine/message/message-id.js';
import { decodeProperties } from '../../lib/engine/message/properties-codec.js';
import { decodeRegisterBrokerBody } from '../../lib/engine/protocol/bodies/register-broker-body.js';
import { decodeQueueDatas } from '../../lib/engine/protocol/bodies/topic-route-json.js';
import { encodeHeader } from '../../lib/engine/protocol/field-table.js';
import { encodeFrame, HeaderForm } from '../../lib/engine/protocol/frame-codec.js';
import { numbered, request, type RemotingCommand } from '../../lib/engine/protocol/remoting-command.js';
import { decodeSendMessageRequest, sendMessageV2Request } from '../../lib/engine/protocol/requests/send-message.js';
import { RequestCode } from '../../lib/engine/protocol/request-code.js';
import { FrameDecoder } from '../../lib/engine/remoting/frame-decoder.js';
import { cycles, seed } from '../support/run-options.js';
import { seededRandom } from '../../lib/testing/seeded-random.js';
import { cut, mutate, pick } from './mutations.js';

const ROUNDS = cycles(20_000);

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
const frames = Object.values(HeaderForm).map((form) => Buffer.concat(encodeFrame(numbered(send, 77, 0), form)));
const registration = Buffer.from(
  '{"filterServerList":[],"topicConfigSerializeWrapper":{"dataVersion":{"counter":7,"stateVersion":1,"timestamp":17952574},' +
    '"topicConfigTable":{"T":{"attributes":{"a":"b"},"perm":6,"readQueueNums":4,"topicName":"T","writeQueueNums":4}},"x":{0:{}}}}',
);

/** Each takes any bytes: it gives a value or throws a ProtocolError, and nothing else. */
const decoders: Record<string, { originals: Buffer[]; decode: (bytes: Buffer) => unknown }> = {
  'a record': {
    originals: [
      record('T', false),
      record('T'.repeat(200), true),
      Buffer.concat([record('T', false), record('U', true)]),
    ],
    decode: decodeRecords,
  },
  'a batch': { originals: [batch], decode: decodeBatch },
  properties: { originals: [Buffer.from(properties)], decode: (bytes) => decodeProperties(bytes.toString()) },
  'a message id': {
    originals: [Buffer.from('7F00000100002A9F000000001669DCC6')],
    decode: (bytes) => decodeOffsetMessageId(bytes.toString()),
  },
  'fastjson’s JSON': { originals: [registration], decode: (bytes) => parseFastjson(bytes.toString()) },
  'a registration': {
    originals: [registration],
    decode: (bytes) => decodeRegisterBrokerBody(bytes, { compressed: false, version: 479 }),
  },
  'a compressed registration': {
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
};

describe('decoders bear any bytes', () => {
  test.each(Object.entries(decoders))('of %s', (_what, { originals, decode }) => {
    const random = seededRandom(seed);
    for (let round = 0; round < ROUNDS; round++) {
      const bytes = mutate(pick(originals, random), random);
      try {
        decode(bytes);
      } catch (error) {
        if (!(error instanceof ProtocolError)) throw new Error(`for ${bytes.toString('hex')}`, { cause: error });
      }
    }
  });

  test('of frames, whole and in pieces', () => {
    const random = seededRandom(seed);
    let delivered = 0;
    for (let round = 0; round < ROUNDS; round++) {
      const bytes = Buffer.concat([mutate(pick(frames, random), random), pick(frames, random)]);
      const decoder = new FrameDecoder();
      try {
        for (const chunk of cut(bytes, random)) {
          decoder.decode(chunk, (command) => {
            delivered++;
            check(command);
          });
        }
      } catch (error) {
        if (!(error instanceof ProtocolError)) throw new Error(`for ${bytes.toString('hex')}`, { cause: error });
      }
      expect(decoder.pendingBytes).toBeLessThanOrEqual(bytes.length);
    }
    expect(delivered).toBeGreaterThan(ROUNDS / 10); // else the fuzzer tests the first check only
  });
});

/** Whatever was delivered has the shape that its type says. */
function check(command: RemotingCommand): void {
  for (const number of [command.code, command.flag, command.opaque, command.version]) {
    if (number !== (number | 0)) throw new Error(`${number} is no 32-bit integer`);
  }
  for (const [name, value] of Object.entries(command.extFields)) {
    if (typeof value !== 'string') throw new Error(`${name} is no text`);
  }
  if (command.body?.length === 0) throw new Error('an empty body');
  decodeSendMessageRequest(command);
  if (command.body !== undefined) decodeBatch(command.body);
}
