import { encodeTrace } from '../../../../../lib/engine/client/trace/trace-encoder.js';
import type { TraceRecord } from '../../../../../lib/engine/client/trace/trace-record.js';

/** Texts are those of Apache's Java client 5.3.3, with | and # for the two separators. */
const text = (record: TraceRecord): string =>
  encodeTrace(record)
    .map((line) => line.text)
    .join('')
    .replaceAll('\x01', '|')
    .replaceAll('\x02', '#');
const keys = (record: TraceRecord): string[] => encodeTrace(record).flatMap((line) => line.keys);

const timestamp = 1_700_000_000_000;
const regionId = 'DefaultRegion';
const messages = [
  { messageId: 'M1', keys: 'k1', retryTimes: 2 },
  { messageId: 'M2', retryTimes: 0 },
];

test('Pub', () => {
  const pub = {
    type: 'Pub',
    timestamp,
    regionId,
    group: 'orders',
    topic: 'Orders',
    messageId: 'AC1',
    storeHost: '10.0.0.1:10911',
    bodyLength: 5,
    costMs: 12,
    offsetMessageId: '0A',
  } as const;
  const full: TraceRecord = { ...pub, tag: 'paid', keys: 'k1 k2', messageType: 3, success: true };
  expect(text(full)).toBe(
    'Pub|1700000000000|DefaultRegion|orders|Orders|AC1|paid|k1 k2|10.0.0.1:10911|5|12|3|0A|true#',
  );
  expect(keys(full)).toEqual(['AC1', 'k1', 'k2']);
  expect(text({ ...pub, messageType: 0, success: false })).toBe(
    'Pub|1700000000000|DefaultRegion|orders|Orders|AC1|null|null|10.0.0.1:10911|5|12|0|0A|false#',
  );
});

test('SubBefore and SubAfter: a line for each message', () => {
  const sub = { timestamp, regionId, group: 'workers', requestId: 'R1', topic: 'Orders', messages };
  expect(text({ ...sub, type: 'SubBefore' })).toBe(
    'SubBefore|1700000000000|DefaultRegion|workers|R1|M1|2|k1#SubBefore|1700000000000|DefaultRegion|workers|R1|M2|0|null#',
  );
  expect(keys({ ...sub, type: 'SubBefore' })).toEqual(['M1', 'k1', 'M2']);
  expect(text({ ...sub, type: 'SubAfter', costMs: 7, success: false, contextCode: 4 })).toBe(
    'SubAfter|R1|M1|7|false|k1|4|1700000000000|workers#SubAfter|R1|M2|7|false|null|4|1700000000000|workers#',
  );
});

test('EndTransaction', () => {
  expect(
    text({
      type: 'EndTransaction',
      timestamp,
      regionId,
      group: 'tx',
      topic: 'Orders',
      messageId: 'M1',
      keys: 'k',
      storeHost: '10.0.0.1:10911',
      transactionId: 'T1',
      state: 'UNKNOWN',
      fromTransactionCheck: true,
    }),
  ).toBe('EndTransaction|1700000000000|DefaultRegion|tx|Orders|M1|null|k|10.0.0.1:10911|2|T1|UNKNOW|true#');
});

test('Recall', () => {
  expect(
    text({ type: 'Recall', timestamp, regionId, group: 'orders', topic: 'Orders', messageId: 'M1', success: true }),
  ).toBe('Recall|1700000000000|DefaultRegion|orders|Orders|M1|true#');
});
