import { decodeTraces } from '../../../../../lib/engine/client/trace/trace-decoder.js';
import { encodeTrace } from '../../../../../lib/engine/client/trace/trace-encoder.js';

const traced = { timestamp: 1_700_000_000_000, regionId: 'DefaultRegion', group: 'g' };
const sent = { ...traced, topic: 'T', messageId: 'ID1', tag: 'A', keys: 'k1 k2', storeHost: '127.0.0.1:10911' };

test('each kind of record is read back', () => {
  const message = { messageId: 'ID1', retryTimes: 0, keys: 'k1' };
  const lines = [
    encodeTrace({
      ...sent,
      type: 'Pub',
      bodyLength: 5,
      costMs: 7,
      messageType: 0,
      offsetMessageId: 'OFFSET',
      success: true,
    }),
    encodeTrace({ ...traced, type: 'SubBefore', requestId: 'r', topic: 'T', messages: [message] }),
    encodeTrace({
      ...traced,
      type: 'SubAfter',
      requestId: 'r',
      topic: 'T',
      messages: [message],
      costMs: 3,
      success: false,
      contextCode: 2,
    }),
    encodeTrace({ ...sent, type: 'EndTransaction', transactionId: 't', state: 'COMMIT', fromTransactionCheck: false }),
    encodeTrace({ ...traced, type: 'Recall', topic: 'T', messageId: 'ID1', success: true }),
  ].flat();
  const common = { messageId: 'ID1', group: 'g', timestamp: traced.timestamp };
  expect(decodeTraces(lines.map(({ text }) => text).join(''))).toEqual([
    { ...common, type: 'Pub', costMs: 7, success: true },
    { ...common, type: 'SubBefore' },
    { ...common, type: 'SubAfter', costMs: 3, success: false },
    { ...common, type: 'EndTransaction' },
    { ...common, type: 'Recall', success: true },
  ]);
});

test('what is no record is passed over, and an old client leaves things out', () => {
  expect(decodeTraces('nonsense\x02\x02SubAfter\x01r\x01ID1\x0112\x01true\x01k\x02')).toEqual([
    { type: 'SubAfter', messageId: 'ID1', costMs: 12, success: true },
  ]);
  const old = ['Pub', '1', 'r', 'g', 'T', 'ID1', 'A', 'k', 'host', '5', '7', '0', 'true'];
  expect(decodeTraces(old.join('\x01'))).toEqual([
    { type: 'Pub', messageId: 'ID1', group: 'g', timestamp: 1, costMs: 7, success: true },
  ]);
});
