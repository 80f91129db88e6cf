import { DurationHistogram } from '../../../../lib/engine/common/duration-histogram.js';

it('counts each duration in the bucket of the first bound that it does not pass', () => {
  const histogram = new DurationHistogram();
  for (const ms of [0, 0.1, 0.11, 99, 100, 100.5]) histogram.add(ms);
  histogram.add(20_000, 3);
  expect(histogram.buckets().filter(({ count }) => count > 0)).toEqual([
    { upToMs: 0.1, count: 2, totalMs: 0.1 },
    { upToMs: 0.25, count: 1, totalMs: 0.11 },
    { upToMs: 100, count: 2, totalMs: 199 },
    { upToMs: 250, count: 1, totalMs: 100.5 },
    { upToMs: Infinity, count: 3, totalMs: 60_000 },
  ]);
});

it('is empty before the first', () => {
  const buckets = new DurationHistogram().buckets();
  expect(buckets.every(({ count, totalMs }) => count === 0 && totalMs === 0)).toBe(true);
});
