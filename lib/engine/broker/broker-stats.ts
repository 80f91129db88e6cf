import { getOrCreate } from '../common/get-or-create.js';
import type { Clock } from '../ports/clock.js';
import { javaDouble } from './java-double.js';
import { RollingSum } from './rolling-sum.js';

const MINUTE_MS = 60_000;
const DAY_MS = 24 * 60 * MINUTE_MS;

/** Names under which Apache's tools ask. Source: Apache 5.3 BrokerStatsManager. */
export type StatsName =
  | 'TOPIC_PUT_NUMS'
  | 'TOPIC_PUT_SIZE'
  | 'GROUP_GET_NUMS'
  | 'GROUP_GET_SIZE'
  | 'SNDBCK_PUT_NUMS'
  | 'BROKER_PUT_NUMS'
  | 'BROKER_GET_NUMS';

export interface Statistic {
  /** What was counted, and how many times something was added. */
  sum: number;
  tps: number;
  /** What was counted each time, on average. */
  avgpt: number;
}

const SHORTEST_SLOT_MS = 10_000;

/** One thing that is counted: by minute, hour and day. */
class Meter {
  private readonly counted = [
    new RollingSum(SHORTEST_SLOT_MS, 6),
    new RollingSum(10 * MINUTE_MS, 6),
    new RollingSum(60 * MINUTE_MS, 24),
  ];
  private readonly additions = [
    new RollingSum(SHORTEST_SLOT_MS, 6),
    new RollingSum(10 * MINUTE_MS, 6),
    new RollingSum(60 * MINUTE_MS, 24),
  ];
  /** What was added in the slot that runs, and isn't in the sums yet: they leave it out anyway. */
  private recentFrom = 0;
  private recentValue = 0;
  private recentAdditions = 0;

  add(now: number, value: number): void {
    if (now - this.recentFrom >= SHORTEST_SLOT_MS || now < this.recentFrom) {
      this.settle();
      this.recentFrom = now - (now % SHORTEST_SLOT_MS);
    }
    this.recentValue += value;
    this.recentAdditions++;
  }

  private settle(): void {
    if (this.recentAdditions === 0) return;
    for (const sum of this.counted) sum.add(this.recentFrom, this.recentValue);
    for (const sum of this.additions) sum.add(this.recentFrom, this.recentAdditions);
    this.recentValue = this.recentAdditions = 0;
  }

  statistic(now: number, period: 0 | 1 | 2): Statistic {
    this.settle();
    const sum = this.counted[period].sum(now);
    const additions = this.additions[period].sum(now);
    const seconds = [60, 3600, 86_400][period];
    return { sum, tps: sum / seconds, avgpt: additions === 0 ? 0 : sum / additions };
  }
}

/** Messages of the whole broker, with the totals of the last two midnights. */
class DailyTotal {
  /** For rates over 10, 60 and 600 s. */
  readonly recent = new RollingSum(10_000, 60);
  total = 0;
  todayMorning = 0;
  yesterdayMorning = 0;
  private day = 0;

  add(now: number, count: number): void {
    this.moveTo(now);
    this.recent.add(now, count);
    this.total += count;
  }

  moveTo(now: number): void {
    const day = Math.floor(now / DAY_MS);
    if (day <= this.day) return;
    this.yesterdayMorning = this.day === 0 ? 0 : this.todayMorning;
    this.todayMorning = this.day === 0 ? 0 : this.total;
    this.day = day;
  }

  /** `a b c`: a second, over 10, 60 and 600 s. */
  rates(now: number): string {
    return [1, 6, 60].map((slots) => javaDouble(this.recent.sum(now, slots) / (slots * 10))).join(' ');
  }
}

/**
 * What went through the broker.
 * Source: Apache 5.3 BrokerStatsManager, BrokerStats.
 */
export class BrokerStats {
  readonly puts = new DailyTotal();
  readonly gets = new DailyTotal();
  putBytes = 0;
  readonly bootTimestamp: number;
  private readonly meters = new Map<StatsName, Map<string, Meter>>();

  constructor(
    private readonly clock: Clock,
    private readonly clusterName: string,
  ) {
    this.bootTimestamp = clock.now();
  }

  /** Messages of `topic` were stored. */
  put(topic: string, count: number, bytes: number): void {
    const now = this.clock.now();
    this.puts.add(now, count);
    this.putBytes += bytes;
    this.meter('TOPIC_PUT_NUMS', topic).add(now, count);
    this.meter('TOPIC_PUT_SIZE', topic).add(now, bytes);
    this.meter('BROKER_PUT_NUMS', this.clusterName).add(now, count);
  }

  /** Messages of `topic` were handed to `group`. */
  got(topic: string, group: string, count: number, bytes: number): void {
    const now = this.clock.now();
    const key = `${topic}@${group}`;
    this.gets.add(now, count);
    this.meter('GROUP_GET_NUMS', key).add(now, count);
    this.meter('GROUP_GET_SIZE', key).add(now, bytes);
    this.meter('BROKER_GET_NUMS', this.clusterName).add(now, count);
  }

  sentBack(topic: string, group: string): void {
    this.meter('SNDBCK_PUT_NUMS', `${topic}@${group}`).add(this.clock.now(), 1);
  }

  /** Messages a second in the last minute. */
  topicPutTps(topic: string): number {
    return this.tps('TOPIC_PUT_NUMS', topic);
  }

  groupGetTps(topic: string, group: string): number {
    return this.tps('GROUP_GET_NUMS', `${topic}@${group}`);
  }

  /** By minute, hour and day; undefined when nothing was counted. */
  view(name: string, key: string): Record<'statsMinute' | 'statsHour' | 'statsDay', Statistic> | undefined {
    const meter = this.meters.get(name as StatsName)?.get(key);
    if (meter === undefined) return undefined;
    const now = this.clock.now();
    return {
      statsMinute: meter.statistic(now, 0),
      statsHour: meter.statistic(now, 1),
      statsDay: meter.statistic(now, 2),
    };
  }

  forgetTopic(topic: string): void {
    for (const meters of this.meters.values()) {
      for (const key of meters.keys()) if (key === topic || key.startsWith(`${topic}@`)) meters.delete(key);
    }
  }

  forgetGroup(group: string): void {
    for (const meters of this.meters.values()) {
      for (const key of meters.keys()) if (key.endsWith(`@${group}`)) meters.delete(key);
    }
  }

  private tps(name: StatsName, key: string): number {
    return this.meters.get(name)?.get(key)?.statistic(this.clock.now(), 0).tps ?? 0;
  }

  private meter(name: StatsName, key: string): Meter {
    const meters = getOrCreate(this.meters, name, () => new Map<string, Meter>());
    return getOrCreate(meters, key, () => new Meter());
  }
}
