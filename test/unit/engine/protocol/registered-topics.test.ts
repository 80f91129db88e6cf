import { deflateSync } from 'node:zlib';
import { ProtocolError } from '../../../../lib/engine/common/errors.js';
import { decodeRegisterBrokerBody } from '../../../../lib/engine/protocol/bodies/register-broker-body.js';
import { parseTopicConfigText } from '../../../../lib/engine/protocol/bodies/topic-config.js';

/** Encoded by Apache 5.3.3, plain and compressed: one topic, 4/4 queues, perm 6, message.type=NORMAL. */
const APACHE_JSON =
  '{"filterServerList":[],"topicConfigSerializeWrapper":{"dataVersion":{"counter":7,"stateVersion":1,"timestamp":1795257423368},' +
  '"mappingDataVersion":{"counter":0,"stateVersion":0,"timestamp":1795274802822},"topicConfigTable":{"TT":{"attributes":' +
  '{"message.type":"NORMAL"},"order":false,"perm":6,"readQueueNums":4,"topicFilterType":"SINGLE_TAG","topicName":"TT",' +
  '"topicSysFlag":0,"writeQueueNums":4}},"topicQueueMappingDetailMap":{},"topicQueueMappingInfoMap":{}}}';
const APACHE_COMPRESSED = Buffer.from(
  '78da636060b0a8564ace2fcd2b492d52b232d7512a2e492c490d4b2d2acecccf53b232d4512ac9cc4d050ae6160079e6' +
    '96a646a6e62646c6c66616b50c0c0c8c40ac1b12a2600284660ac19e7eee3eaef1218eee0ad54a404dc589e9a97a2595' +
    '05a94a564a7efe41be8e3e4a204d4cd1b14092010047a32017',
  'hex',
);
const topic = {
  topicName: 'TT',
  readQueueNums: 4,
  writeQueueNums: 4,
  perm: 6,
  topicFilterType: 'SINGLE_TAG',
  topicSysFlag: 0,
  order: false,
  attributes: { 'message.type': 'NORMAL' },
};

const compressed = { compressed: true, version: 479 };
const plain = { compressed: false, version: 479 };
const json = (value: unknown): Buffer => Buffer.from(JSON.stringify(value));

function deflated(...parts: (string | number)[]): Buffer {
  return deflateSync(
    Buffer.concat(
      parts.map((part) => {
        const bytes = Buffer.alloc(4);
        bytes.writeInt32BE(typeof part === 'number' ? part : Buffer.byteLength(part));
        return typeof part === 'number' ? bytes : Buffer.concat([bytes, Buffer.from(part)]);
      }),
    ),
  );
}

describe('the body of REGISTER_BROKER', () => {
  test.each([
    ['plain', Buffer.from(APACHE_JSON), plain],
    ['compressed', APACHE_COMPRESSED, compressed],
    ['plain with raw keys', Buffer.from(APACHE_JSON.replace('DetailMap":{}', 'DetailMap":{0:{}}')), plain],
  ])('of Apache’s, %s', (_name, body, form) => {
    expect(decodeRegisterBrokerBody(body, form)).toEqual({
      dataVersion: { counter: 7, stateVersion: 1, timestamp: 1795257423368 },
      topics: [topic],
    });
  });

  test('in JSON, as brokers before that wrote it', () => {
    const body = json({ dataVersion: {}, topicConfigTable: { TT: { topicName: 'TT' } } });
    expect(decodeRegisterBrokerBody(body, { compressed: false, version: 0 }).topics).toMatchObject([
      { topicName: 'TT', readQueueNums: 16, writeQueueNums: 16, perm: 6 },
    ]);
  });

  test('that is missing has no topics', () => {
    expect(decodeRegisterBrokerBody(undefined, plain).topics).toEqual([]);
  });

  test.each([
    ['no JSON', Buffer.from('{'), plain],
    ['no object', Buffer.from('[]'), plain],
    ['a topic without a name', json({ topicConfigSerializeWrapper: { topicConfigTable: { a: {} } } }), plain],
    [
      'a text for a number',
      json({ topicConfigSerializeWrapper: { topicConfigTable: { a: { topicName: 'a', perm: 'six' } } } }),
      plain,
    ],
    ['no zlib stream', Buffer.from('plain'), compressed],
    ['a stream that is cut', deflateSync(Buffer.alloc(1000, 1)).subarray(0, 12), compressed],
    ['a length beyond the end', deflated('{}', 1, 0x7fffffff), compressed],
    ['a negative length', deflated('{}', 1, -1), compressed],
    ['more topics than there are', deflated('{}', 1000), compressed],
    ['a bomb', deflateSync(Buffer.alloc(40 * 1024 * 1024)), compressed],
  ])('is refused with %s', (_name, body, form) => {
    expect(() => decodeRegisterBrokerBody(body, form)).toThrow(ProtocolError);
  });
});

test.each(['', 'T', 'T 4 4 6', 'T 4 x 6 SINGLE_TAG', 'T -1 4 6 SINGLE_TAG'])(
  '%j is no topic’s configuration',
  (line) => {
    expect(() => parseTopicConfigText(line)).toThrow(ProtocolError);
  },
);

test('a topic’s configuration may have no attributes', () => {
  expect(parseTopicConfigText('T 1 2 4 MULTI_TAG')).toMatchObject({ topicFilterType: 'MULTI_TAG', attributes: {} });
  expect(parseTopicConfigText('T 1 2 4 SINGLE_TAG {"a":"b c"}').attributes).toEqual({ a: 'b c' });
});
