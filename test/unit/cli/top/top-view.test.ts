import type { Sample } from '../../../../lib/cli/top/sample.js';
import { compact, renderTop, type View } from '../../../../lib/cli/top/top-view.js';

const sample: Sample = {
  at: Date.UTC(2026, 10, 21, 18, 30, 5),
  brokers: [
    { address: '127.0.0.1:10911', diskRatio: 0.34 },
    { address: '127.0.0.1:10921', diskRatio: 0.71 },
  ],
  topics: [
    { topic: 'Orders', queues: 8, stored: 53_210, sent: 60_000, sentPerSecond: 120.4 },
    { topic: 'Points', queues: 4, stored: 12, sent: 12, sentPerSecond: 0.4 },
  ],
  groups: [
    group('points-service', 'Orders', { lag: 1204, consumedPerSecond: 118, retries: 3, deadLetters: 1 }),
    group('a-consumer-group-with-a-very-long-name', 'Orders', { clients: 0, lag: 1_234_567 }),
    group('audit', 'Points', { consumedPerSecond: 0.4 }),
  ],
  transactions: [{ producerGroup: 'orders-service', topic: 'Orders', count: 2, oldestMs: 95_000 }],
  givenUpTransactions: 1,
};

function group(name: string, topic: string, given: Partial<Sample['groups'][number]>): Sample['groups'][number] {
  const nothing = { clients: 2, consumed: 0, consumedPerSecond: 0, lag: 0, retries: 0, deadLetters: 0 };
  return { group: name, topic, ...nothing, ...given };
}

function render(given: Partial<View> = {}): string[] {
  return renderTop(sample, { cluster: '127.0.0.1:9876', sort: 'lag', columns: 80, ...given });
}

test('the picture, at 80 columns', () => {
  expect(render()).toEqual([
    'rocketmq top  127.0.0.1:9876  18:30:05 UTC  by lag',
    'brokers 2  in 121/s  out 118/s  lag 1.2M  disk 71 %  tx pending 2, given up 1',
    '',
    'GROUP                 TOPIC                 CLIENTS  OUT/S    LAG  RETRY   DEAD',
    'a-consumer-group-wit… Orders                      0      0   1.2M      0      0',
    'points-service        Orders                      2    118   1204      3      1',
    'audit                 Points                      2    0.4      0      0      0',
    '',
    'TOPIC                                          QUEUES   STORED   IN/S PENDING TX',
    'Orders                                              8    53210    120          2',
    'Points                                              4       12    0.4          0',
    '',
    'PRODUCER GROUP                  TOPIC                           PENDING   OLDEST',
    'orders-service                  Orders                                2     95 s',
    '',
    'sort by: l lag, r rate, d dead letters, n name    q quit',
  ]);
});

test.each([40, 60, 80, 200])('no line is longer than %d columns', (columns) => {
  for (const line of render({ columns })) expect(line.length).toBeLessThanOrEqual(columns);
});

test.each([16, 24, 50])('no more lines than %d rows, the keys last', (rows) => {
  const many = Array.from({ length: 100 }, (_, i) => group(`group-${i}`, 'Orders', { lag: i }));
  const lines = renderTop({ ...sample, groups: many }, { cluster: 'c', sort: 'lag', columns: 80, rows });
  expect(lines.length).toBeLessThanOrEqual(rows);
  expect(lines.at(-1)).toMatch(/q quit$/);
  expect(lines.join('\n')).toContain('group-99 ');
});

test.each([
  ['lag', ['a-consumer', 'points-ser', 'audit']],
  ['rate', ['points-ser', 'audit', 'a-consumer']],
  ['dead', ['points-ser', 'a-consumer', 'audit']],
  ['name', ['a-consumer', 'audit', 'points-ser']],
] as const)('sorted by %s', (sort, order) => {
  const groups = render({ sort }).slice(4, 7);
  expect(groups.map((line) => line.slice(0, 10).trim())).toEqual(order);
});

test('why there is nothing newer stands below the headline', () => {
  expect(render({ problem: 'no answer\x1b[2J' })[2]).toBe('! no answer·[2J');
});

test.each([
  [0, '0'],
  [0.04, '0.0'],
  [7, '7'],
  [12.6, '13'],
  [99_999, '99999'],
  [123_456, '123k'],
  [999_600, '1.0M'],
  [4_500_000, '4.5M'],
  [45_000_000, '45M'],
  [4_500_000_000, '4.5G'],
])('%d is written %s', (value, text) => {
  expect(compact(value)).toBe(text);
});
