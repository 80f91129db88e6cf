import { moment, trueOrFalse, wholeNumber } from '../../../lib/cli/option-table.js';

test('a moment is milliseconds or local time, as Apache’s commands take it', () => {
  expect(moment('1700000000000')).toBe(1_700_000_000_000);
  expect(moment(' -1 ')).toBe(-1);
  expect(moment('2026-07-01#12:30:00:250')).toBe(new Date(2026, 6, 1, 12, 30, 0, 250).getTime());
  expect(() => moment('yesterday')).toThrow('yyyy-MM-dd#HH:mm:ss:SSS');
});

test('numbers and switches say what they need', () => {
  expect(wholeNumber('12')).toBe(12);
  expect(() => wholeNumber('-1')).toThrow('a whole number is needed');
  expect(trueOrFalse(' TRUE ')).toBe(true);
  expect(() => trueOrFalse('yes')).toThrow('true or false is needed');
});
