import { ConfigurationError } from '../common/errors.js';

const unitMs = new Map([
  ['s', 1000],
  ['m', 60_000],
  ['h', 3_600_000],
  ['d', 86_400_000],
]);

/**
 * Delays in milliseconds, level 1 first, from texts like `1s 5s 10m 2h`.
 * @throws ConfigurationError messageDelayLevel cannot be read
 * Source: Apache 5.3 ScheduleMessageService#parseDelayLevel.
 */
export function parseDelayLevels(text: string): readonly number[] {
  const levels = text.trim().split(/\s+/);
  return levels.map((level) => {
    const match = /^(\d{1,9})([smhd])$/.exec(level);
    if (!match) {
      throw new ConfigurationError(
        'messageDelayLevel',
        `'${level}' is no delay; write numbers with s, m, h or d, separated by spaces, such as '1s 5s 10m 2h'`,
      );
    }
    return Number(match[1]) * (unitMs.get(match[2]) ?? 0);
  });
}
