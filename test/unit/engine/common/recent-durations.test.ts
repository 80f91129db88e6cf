import { RecentDurations } from '../../../../lib/engine/common/recent-durations.js';

it('is zero before the first', () => {
  expect(new RecentDurations().summary()).toEqual({ count: 0, totalMs: 0, p50Ms: 0, p99Ms: 0, maxMs: 0 });
});

it('counts all, and tells quantiles of the latest 512', () => {
  const durations = new RecentDurations();
  for (let i = 0; i < 512; i++) durations.add(1000);
  expect(durations.summary()).toMatchObject({ p50Ms: 1000, maxMs: 1000 });
  for (let ms = 1; ms <= 512; ms++) durations.add(ms);
  expect(durations.summary()).toEqual({
    count: 1024,
    totalMs: 512_000 + (512 * 513) / 2,
    p50Ms: 256,
    p99Ms: 507,
    maxMs: 512,
  });
});
