import { ConfigurationError } from '../engine/index.js';

const UNIT_MS = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 };
type Unit = keyof typeof UNIT_MS;

/** Milliseconds, or a number with its unit (`'250ms'`, `'30s'`, `'10m'`, `'2h'`, `'1d'`), or several of them (`'1h 30m'`). */
export type Duration = number | string;

/** In milliseconds. @throws ConfigurationError */
export function durationMs(duration: Duration): number {
  if (typeof duration === 'number' && Number.isFinite(duration) && duration >= 0) return duration;
  const parts = typeof duration === 'string' ? duration.trim().split(/\s+/) : [];
  const amounts = parts.map((part) => /^(\d+(?:\.\d+)?)(ms|s|m|h|d)$/.exec(part));
  if (amounts.length === 0 || amounts.includes(null))
    throw new ConfigurationError(
      'duration',
      `'${duration}' is none; give milliseconds, or a text such as '2h' or '1m 30s'`,
    );
  return amounts.reduce((sum, amount) => sum + Number(amount?.[1]) * UNIT_MS[amount?.[2] as Unit], 0);
}
