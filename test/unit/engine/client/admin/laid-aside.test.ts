import type { ReceivedMessage } from '../../../../../lib/engine/index.js';
import { originOf, propertiesToResend } from '../../../../../lib/engine/client/admin/dead-letter-admin.js';
import { undecided } from '../../../../../lib/engine/client/admin/transaction-admin.js';

describe('a dead letter that is resent', () => {
  const properties = new Map([
    ['UNIQ_KEY', 'id-1'],
    ['KEYS', 'k'],
    ['TAGS', 't'],
    ['colour', 'red'],
    ['RETRY_TOPIC', 'Orders'],
    ['ORIGIN_MESSAGE_ID', 'first'],
    ['DELAY', '0'],
    ['REAL_TOPIC', '%RETRY%g'],
    ['REAL_QID', '0'],
    ['RECONSUME_TIME', '16'],
    ['POP_CK', 'x'],
  ]);

  test('keeps what its sender gave it, and where it comes from; what the last delivery added is gone', () => {
    expect(Object.fromEntries(propertiesToResend({ topic: '%DLQ%g', properties }))).toEqual({
      UNIQ_KEY: 'id-1',
      KEYS: 'k',
      TAGS: 't',
      colour: 'red',
      RETRY_TOPIC: 'Orders',
      ORIGIN_MESSAGE_ID: 'first',
    });
  });

  test('tells its origin also when it died by POP', () => {
    expect(originOf({ topic: '%DLQ%g', properties: new Map([['DLQ_ORIGIN_TOPIC', 'Orders']]) })).toBe('Orders');
    expect(originOf({ topic: '%DLQ%g', properties: new Map() })).toBe('%DLQ%g');
  });
});

describe('undecided transactions', () => {
  function half(queueOffset: number, id: string): ReceivedMessage {
    const properties = new Map([
      ['PGROUP', 'producers'],
      ['UNIQ_KEY', id],
    ]);
    return { queueOffset, physicalOffset: queueOffset * 100, properties } as unknown as ReceivedMessage;
  }

  test('are the newest copies of those of which no copy is decided', () => {
    const halves = [half(0, 'a'), half(1, 'b'), half(2, 'a'), half(3, 'c'), half(4, 'b')];
    expect(undecided(halves, new Set([1])).map(({ queueOffset }) => queueOffset)).toEqual([2, 3]);
  });

  test('none are left when all are decided', () => {
    expect(undecided([half(7, 'a')], new Set([7]))).toEqual([]);
  });
});
