import { durationMs } from '../../../lib/testing/duration.js';

it.each([
  [250, 250],
  ['250ms', 250],
  ['1.5s', 1500],
  ['2h', 7_200_000],
  ['1h 30m', 5_400_000],
  [' 1d ', 86_400_000],
])('%p is %p ms', (duration, ms) => {
  expect(durationMs(duration)).toBe(ms);
});

it.each(['', '2 hours', 'soon', '5', -1, Number.NaN])('%p is refused with what is possible', (duration) => {
  expect(() => durationMs(duration)).toThrow("give milliseconds, or a text such as '2h' or '1m 30s'");
});
