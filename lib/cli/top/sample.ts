/** What a cluster shows at one moment. */
export interface Sample {
  /** Milliseconds since the epoch. */
  readonly at: number;
  readonly brokers: readonly BrokerSample[];
  readonly topics: readonly TopicSample[];
  readonly groups: readonly GroupSample[];
  readonly transactions: readonly PendingSample[];
  readonly givenUpTransactions: number;
}

export interface BrokerSample {
  readonly address: string;
  /** 0 to 1; undefined when it does not tell. */
  readonly diskRatio?: number;
}

export interface TopicSample {
  readonly topic: string;
  readonly queues: number;
  readonly stored: number;
  /** Ever sent: the ends of its queues together. */
  readonly sent: number;
  /** A second, as the brokers count them over the last minute. */
  readonly sentPerSecond: number;
}

/** A consumer group in one topic. */
export interface GroupSample {
  readonly group: string;
  readonly topic: string;
  readonly clients: number;
  /** Ever: its offsets together. */
  readonly consumed: number;
  readonly consumedPerSecond: number;
  readonly lag: number;
  /** Of all its topics together: what waits in its retry topic, and its dead letters. */
  readonly retries: number;
  readonly deadLetters: number;
}

/** Undecided transactions of a producer group that go to one topic. */
export interface PendingSample {
  readonly producerGroup: string;
  readonly topic: string;
  readonly count: number;
  readonly oldestMs: number;
}

/**
 * The same with rates taken from what has happened since an earlier sample, which is livelier than brokers' averages.
 */
export function withRatesSince(now: Sample, before: Sample | undefined): Sample {
  const seconds = before ? (now.at - before.at) / 1000 : 0;
  if (!before || seconds <= 0) return now;
  const sent = new Map(before.topics.map((topic) => [topic.topic, topic.sent]));
  const consumed = new Map(before.groups.map((group) => [keyOf(group), group.consumed]));
  const rate = (total: number, earlier: number | undefined, otherwise: number): number =>
    earlier === undefined ? otherwise : Math.max(0, (total - earlier) / seconds);
  return {
    ...now,
    topics: now.topics.map((topic) => ({
      ...topic,
      sentPerSecond: rate(topic.sent, sent.get(topic.topic), topic.sentPerSecond),
    })),
    groups: now.groups.map((group) => ({
      ...group,
      consumedPerSecond: rate(group.consumed, consumed.get(keyOf(group)), group.consumedPerSecond),
    })),
  };
}

function keyOf({ group, topic }: GroupSample): string {
  return `${topic}@${group}`;
}
