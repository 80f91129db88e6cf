import { withRatesSince, type Sample } from '../../../../lib/cli/top/sample.js';

function sampleAt(at: number, sent: number, consumed: number): Sample {
  return {
    at,
    brokers: [],
    topics: [{ topic: 'Orders', queues: 1, stored: sent, sent, sentPerSecond: 99 }],
    groups: [
      { group: 'g', topic: 'Orders', clients: 1, consumed, consumedPerSecond: 98, lag: 0, retries: 0, deadLetters: 0 },
    ],
    transactions: [],
    givenUpTransactions: 0,
  };
}

function ratesOf({ topics, groups }: Sample): number[] {
  return [topics[0].sentPerSecond, groups[0].consumedPerSecond];
}

test('rates are what has happened since the last look', () => {
  expect(ratesOf(withRatesSince(sampleAt(4000, 150, 40), sampleAt(2000, 100, 30)))).toEqual([25, 5]);
});

test('the first look has the rates that brokers tell', () => {
  expect(ratesOf(withRatesSince(sampleAt(4000, 150, 40), undefined))).toEqual([99, 98]);
});

test('what is new between two looks has the rates that brokers tell', () => {
  const before = { ...sampleAt(2000, 0, 0), topics: [], groups: [] };
  expect(ratesOf(withRatesSince(sampleAt(4000, 150, 40), before))).toEqual([99, 98]);
});

test('offsets that were set back are no negative rate', () => {
  expect(ratesOf(withRatesSince(sampleAt(4000, 10, 0), sampleAt(2000, 100, 30)))).toEqual([0, 0]);
});
