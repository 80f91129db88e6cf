import type { Backoff } from '../decorators/metadata.js';
import type { ConcurrentOutcome, OrderlyOutcome } from '../engine/index.js';
import { explicitOutcomeOf, InvalidPayloadError, UndecodableBodyError } from './exceptions.js';

export interface RetryPolicy {
  backoff?: Backoff;
  retryOn?: (error: unknown) => boolean;
}

/** Seconds of the levels 1..18. Source: Apache 5.3 MessageStoreConfig#messageDelayLevel. */
const DELAY_LEVEL_SECONDS = [1, 5, 10, 30, 60, 120, 180, 240, 300, 360, 420, 480, 540, 600, 1200, 1800, 3600, 7200];

/** The first level that is not shorter than `delayMs`; the longest when none is. */
export function delayLevelFor(delayMs: number): number {
  const index = DELAY_LEVEL_SECONDS.findIndex((seconds) => seconds * 1000 >= delayMs);
  return index < 0 ? DELAY_LEVEL_SECONDS.length : index + 1;
}

/**
 * What a failed delivery means for its message.
 * @param reconsumeTimes earlier deliveries
 * @returns 'ACK' when the failure says so
 */
export function outcomeOf(
  error: unknown,
  reconsumeTimes: number,
  policy: RetryPolicy,
): { status: 'ACK' } | { status: 'REJECT' } | { status: 'RETRY'; delayMs?: number } {
  const explicit = explicitOutcomeOf(error);
  switch (explicit?.type) {
    case 'SKIP':
      return { status: 'ACK' };
    case 'REJECT':
      return { status: 'REJECT' };
    case 'SUSPEND':
      return { status: 'RETRY', delayMs: explicit.suspendMs };
    case 'LATER':
      return { status: 'RETRY', delayMs: explicit.delayMs ?? delayByPolicy(error, reconsumeTimes, policy) };
  }
  if (error instanceof UndecodableBodyError || error instanceof InvalidPayloadError) return { status: 'REJECT' };
  if (policy.retryOn?.(error) === false) return { status: 'REJECT' };
  return { status: 'RETRY', delayMs: delayByPolicy(error, reconsumeTimes, policy) };
}

export function concurrentOutcome(error: unknown, reconsumeTimes: number, policy: RetryPolicy): ConcurrentOutcome {
  const outcome = outcomeOf(error, reconsumeTimes, policy);
  switch (outcome.status) {
    case 'ACK':
      return { status: 'SUCCESS' };
    case 'REJECT':
      return { status: 'REJECT' };
    case 'RETRY':
      return { status: 'LATER', delayLevel: outcome.delayMs === undefined ? 0 : delayLevelFor(outcome.delayMs) };
  }
}

export function orderlyOutcome(error: unknown, reconsumeTimes: number, policy: RetryPolicy): OrderlyOutcome {
  const outcome = outcomeOf(error, reconsumeTimes, policy);
  switch (outcome.status) {
    case 'ACK':
      return { status: 'SUCCESS' };
    case 'REJECT':
      return { status: 'REJECT' };
    case 'RETRY':
      return { status: 'SUSPEND', suspendMs: outcome.delayMs };
  }
}

/** A list says the delay before the 1st, 2nd, … retry; its last one holds on. */
function delayByPolicy(error: unknown, reconsumeTimes: number, { backoff }: RetryPolicy): number | undefined {
  if (backoff === undefined) return undefined;
  if (typeof backoff === 'function') return backoff(reconsumeTimes + 1, error);
  return backoff[Math.min(reconsumeTimes, backoff.length - 1)];
}
