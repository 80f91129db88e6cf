import type { Clock } from '../../ports/clock.js';
import type { ConsumeStatus } from '../../protocol/bodies/consumer-running-info.js';

/** What happened in a stretch of time. */
interface Tally {
  pulls: number;
  pullMs: number;
  pulled: number;
  calls: number;
  callMs: number;
  consumed: number;
  failed: number;
}

const MINUTE = { slotMs: 10_000, slots: 6 };
const HOUR = { slotMs: 10 * 60_000, slots: 6 };

/** Tallies of the last slots of time. What is asked for leaves out the slot that runs. */
class Tallies {
  private readonly ended: { readonly slot: number; readonly tally: Tally }[] = [];
  private slot: number;
  private running = nothing();

  constructor(
    private readonly span: typeof MINUTE,
    private readonly begunAt: number,
  ) {
    this.slot = Math.floor(begunAt / span.slotMs);
  }

  at(now: number): Tally {
    const { slotMs, slots } = this.span;
    if (now < (this.slot + 1) * slotMs) return this.running;
    this.ended.push({ slot: this.slot, tally: this.running });
    this.slot = Math.floor(now / slotMs);
    this.running = nothing();
    while (this.ended.length > 0 && this.ended[0].slot < this.slot - slots) this.ended.shift();
    return this.running;
  }

  sum(now: number): Tally {
    this.at(now);
    const sum = nothing();
    for (const { tally } of this.ended) {
      for (const name of Object.keys(sum) as (keyof Tally)[]) sum[name] += tally[name];
    }
    return sum;
  }

  /** How much time sum() is of: less than the whole span in the beginning. */
  seconds(now: number): number {
    this.at(now);
    const { slotMs, slots } = this.span;
    return Math.max(0, Math.min(slots * slotMs, this.slot * slotMs - this.begunAt)) / 1000;
  }
}

/** How fast a consumer pulls and consumes, by topic. Source: Apache 5.3 ConsumerStatsManager, StatsItem. */
export class ConsumeStatistics {
  private readonly topics = new Map<string, { readonly minute: Tallies; readonly hour: Tallies }>();

  constructor(private readonly clock: Pick<Clock, 'monotonic'>) {}

  /** A pull has found messages. @param begunAt on the monotonic clock */
  pulled(topic: string, begunAt: number, messages: number): void {
    const now = this.clock.monotonic();
    const { minute, hour } = this.ofTopic(topic, now);
    countPull(minute.at(now), now - begunAt, messages);
    countPull(hour.at(now), now - begunAt, messages);
  }

  /** A listener call has ended: so many of its messages were consumed, so many were not. @param begunAt likewise */
  called(topic: string, begunAt: number, consumed: number, failed: number): void {
    const now = this.clock.monotonic();
    const { minute, hour } = this.ofTopic(topic, now);
    countCall(minute.at(now), now - begunAt, consumed, failed);
    countCall(hour.at(now), now - begunAt, consumed, failed);
  }

  /** Of the last minute; the failures, and the calls when there were none lately, of the last hour. */
  statusOf(topic: string): ConsumeStatus {
    const now = this.clock.monotonic();
    const { minute, hour } = this.ofTopic(topic, now);
    const lately = minute.sum(now);
    const ofHour = hour.sum(now);
    const called = lately.calls > 0 ? lately : ofHour;
    const seconds = minute.seconds(now);
    return {
      pullRT: quotient(lately.pullMs, lately.pulls),
      pullTPS: quotient(lately.pulled, seconds),
      consumeRT: quotient(called.callMs, called.calls),
      consumeOKTPS: quotient(lately.consumed, seconds),
      consumeFailedTPS: quotient(lately.failed, seconds),
      consumeFailedMsgs: ofHour.failed,
    };
  }

  private ofTopic(topic: string, now: number): { readonly minute: Tallies; readonly hour: Tallies } {
    let tallies = this.topics.get(topic);
    if (!tallies)
      this.topics.set(topic, (tallies = { minute: new Tallies(MINUTE, now), hour: new Tallies(HOUR, now) }));
    return tallies;
  }
}

function countPull(tally: Tally, ms: number, messages: number): void {
  tally.pulls++;
  tally.pullMs += ms;
  tally.pulled += messages;
}

function countCall(tally: Tally, ms: number, consumed: number, failed: number): void {
  tally.calls++;
  tally.callMs += ms;
  tally.consumed += consumed;
  tally.failed += failed;
}

function nothing(): Tally {
  return { pulls: 0, pullMs: 0, pulled: 0, calls: 0, callMs: 0, consumed: 0, failed: 0 };
}

function quotient(sum: number, by: number): number {
  return by === 0 ? 0 : sum / by;
}
