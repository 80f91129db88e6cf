import fc from 'fast-check';
import { ProtocolError } from '../../../../lib/engine/common/errors.js';
import { bool, decodeHeader, encodeHeader, int, long, text } from '../../../../lib/engine/protocol/field-table.js';
import { request } from '../../../../lib/engine/protocol/remoting-command.js';
import { RequestCode } from '../../../../lib/engine/protocol/request-code.js';
import {
  decodeSendMessageRequest,
  sendMessageRequest,
  sendMessageV2Request,
} from '../../../../lib/engine/protocol/requests/send-message.js';

const table = { topic: text.required(), queueId: int.required('e'), offset: long.optional(), ok: bool.optional() };

test('a header becomes ext fields under their wire names, and back', () => {
  const header = { topic: 'T', queueId: -1, offset: 2 ** 53 - 1, ok: true };
  const ext = encodeHeader(table, header);
  expect(ext).toEqual({ topic: 'T', e: '-1', offset: '9007199254740991', ok: 'true' });
  expect(decodeHeader(table, ext)).toEqual(header);
});

test('what is optional may be missing; unknown fields are ignored', () => {
  expect(encodeHeader(table, { topic: 'T', queueId: 1, offset: undefined })).toEqual({ topic: 'T', e: '1' });
  expect(decodeHeader(table, { topic: 'T', e: '1', bname: 'b' })).toEqual({ topic: 'T', queueId: 1 });
});

test('a missing field is named with both its names', () => {
  expect(() => decodeHeader(table, { topic: 'T' })).toThrow(new ProtocolError('header field e (queueId) is missing'));
});

test.each(['', ' ', 'x', '1.5', '2147483648', '-2147483649', 'NaN', 'Infinity'])('%j is no 32-bit integer', (value) => {
  expect(() => decodeHeader(table, { topic: 'T', e: value })).toThrow('header field e:');
});

test.each(['', 'x', '1.5', 'Infinity', '1'.repeat(20), '1'.repeat(1_000_000)])('%# is no 64-bit integer', (value) => {
  expect(() => decodeHeader(table, { topic: 'T', e: '1', offset: value })).toThrow('header field offset:');
});

test('Java’s largest numbers mean the largest there is', () => {
  const offsetOf = (value: string) => decodeHeader(table, { topic: 'T', e: '1', offset: value }).offset;
  expect(offsetOf('9223372036854775807')).toBe(Number.MAX_SAFE_INTEGER);
  expect(offsetOf('-9223372036854775808')).toBe(Number.MIN_SAFE_INTEGER);
});

test.each([
  ['true', true],
  ['TRUE', true],
  ['false', false],
  ['1', false],
  ['', false],
])('%j is %s, as Boolean.parseBoolean says', (value, expected) => {
  expect(decodeHeader(table, { topic: 'T', e: '1', ok: value }).ok).toBe(expected);
});

test('both forms of a send request mean the same', () => {
  const header = {
    producerGroup: 'pg',
    topic: 'T',
    defaultTopic: 'TBW102',
    defaultTopicQueueNums: 4,
    queueId: 3,
    sysFlag: 1,
    bornTimestamp: 1795257423368,
    flag: 9,
    properties: 'TAGS\x01a\x02',
    reconsumeTimes: 2,
    unitMode: false,
    maxReconsumeTimes: 16,
    batch: false,
    brokerName: 'b',
  };
  const long = request(RequestCode.SEND_MESSAGE, { extFields: encodeHeader(sendMessageRequest, header) });
  const short = request(RequestCode.SEND_MESSAGE_V2, { extFields: encodeHeader(sendMessageV2Request, header) });
  expect(Object.keys(short.extFields).join('')).toBe('abcdefghijklmn');
  expect(decodeSendMessageRequest(long)).toEqual(header);
  expect(decodeSendMessageRequest(short)).toEqual(header);
});

test('any header comes back', () => {
  const header = fc.record(
    { topic: fc.string(), queueId: fc.integer(), offset: fc.maxSafeInteger(), ok: fc.boolean() },
    { requiredKeys: ['topic', 'queueId'] },
  );
  fc.assert(fc.property(header, (any) => expect(decodeHeader(table, encodeHeader(table, any))).toEqual(any)));
});
