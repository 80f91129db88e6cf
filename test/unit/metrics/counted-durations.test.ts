import { CountedDurations } from '../../../lib/metrics/counted-durations.js';

const buckets = (...counts: number[]) =>
  counts.map((count, index) => ({ upToMs: [1, 10, Infinity][index], count, totalMs: count * [0.5, 4, 100][index] }));

it('records what was added to each bucket as so many times its mean, in seconds', () => {
  const durations = new CountedDurations();
  const look = (...counts: number[]): number[] => {
    const recorded: number[] = [];
    durations.record(buckets(...counts), (seconds) => recorded.push(seconds));
    return recorded;
  };
  expect(look(2, 0, 1)).toEqual([0.0005, 0.0005, 0.1]);
  expect(look(2, 0, 1)).toEqual([]);
  expect(look(2, 2, 1)).toEqual([0.004, 0.004]);
  expect(look(1, 2, 0)).toEqual([0.0005, 0.004, 0.004]); // who counts has started anew
});
