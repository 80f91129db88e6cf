/** What is measured, by the name of each instrument. */
export interface Instrument {
  /** counter: of events. histogram: of durations, in seconds. gauge: what is now. */
  readonly kind: 'counter' | 'histogram' | 'gauge';
  /** Looked at when metrics are collected; others are told of each event. Gauges are. */
  readonly isObserved: boolean;
  /** For Prometheus. */
  readonly name: string;
  /** For OpenTelemetry; by its conventions for messaging where they have a name. */
  readonly otelName: string;
  readonly unit: string;
  readonly help: string;
  readonly labels: readonly string[];
}

/** Every figure there is: its name, its unit, its labels. */
export const instruments = {
  sent: counter('rocketmq_messages_sent_total', 'messaging.client.sent.messages', '{message}', {
    help: 'Messages that the application has sent or failed to send.',
    labels: ['topic', 'operation', 'result'],
  }),
  sendDuration: histogram('rocketmq_send_duration_seconds', 'messaging.client.operation.duration', {
    help: 'Time from the call of a send to its end.',
    labels: ['topic', 'operation', 'result'],
  }),
  consumed: counter('rocketmq_messages_consumed_total', 'messaging.client.consumed.messages', '{message}', {
    help: 'Messages that were handed to listeners, by what became of them.',
    labels: ['topic', 'group', 'outcome'],
  }),
  processDuration: histogram('rocketmq_process_duration_seconds', 'messaging.process.duration', {
    help: 'Time that listener calls take.',
    labels: ['topic', 'group', 'outcome'],
  }),
  lag: gauge('rocketmq_consumer_lag_messages', 'rocketmq.consumer.lag', '{message}', {
    help: 'Messages of a topic that wait for a group of this application.',
    labels: ['topic', 'group'],
  }),
  retryLag: gauge('rocketmq_consumer_retry_lag_messages', 'rocketmq.consumer.retry_lag', '{message}', {
    help: 'Messages that failed, whose time has come again, and that wait for a group of this application.',
    labels: ['group'],
  }),
  deadLetters: gauge('rocketmq_dead_letter_messages', 'rocketmq.dead_letters', '{message}', {
    help: 'Dead letters of a group of this application that nobody has seen to.',
    labels: ['group'],
  }),
  pendingTransactions: gauge('rocketmq_pending_transactions', 'rocketmq.pending_transactions', '{transaction}', {
    help: 'Half messages in the cluster that wait for their transaction.',
    labels: [],
  }),
  transactionChecks: gauge('rocketmq_transaction_checks', 'rocketmq.transaction.checks', '{check}', {
    help: 'How often the producer was asked about the one of them that it was asked about most often.',
    labels: [],
  }),
  givenUpTransactions: gauge('rocketmq_given_up_transactions', 'rocketmq.given_up_transactions', '{transaction}', {
    help: 'Half messages in the cluster that nobody answered for and nobody has seen to.',
    labels: [],
  }),
  unconfirmedTransactions: gauge(
    'rocketmq_unconfirmed_transactions',
    'rocketmq.unconfirmed_transactions',
    '{transaction}',
    {
      help: "Committed transactions in the application's database whose message the broker has not confirmed.",
      labels: [],
    },
  ),
  unconfirmedAge: gauge('rocketmq_unconfirmed_transaction_age_seconds', 'rocketmq.unconfirmed_transaction.age', 's', {
    help: 'Age of the oldest of them.',
    labels: [],
  }),
  outboxRows: gauge('rocketmq_outbox_rows', 'rocketmq.outbox.rows', '{row}', {
    help: 'Rows of the outbox, by state.',
    labels: ['state'],
  }),
  outboxLag: gauge('rocketmq_outbox_lag_seconds', 'rocketmq.outbox.lag', 's', {
    help: 'Age of the oldest row of the outbox that is to be sent.',
    labels: [],
  }),
  inboxMessages: observed(
    counter('rocketmq_inbox_messages_total', 'rocketmq.inbox.messages', '{message}', {
      help: 'Messages that came to the inbox of this process, by what became of them.',
      labels: ['outcome'],
    }),
  ),
  storeFlush: observed(
    histogram('rocketmq_store_flush_seconds', 'rocketmq.store.flush', {
      help: "Time of the embedded store's flushes.",
      labels: [],
    }),
  ),
  storeUnflushed: gauge('rocketmq_store_unflushed_seconds', 'rocketmq.store.unflushed', 's', {
    help: 'How long the oldest byte of the embedded store that is not on the disk has waited.',
    labels: [],
  }),
  storeBytes: gauge('rocketmq_store_bytes', 'rocketmq.store.size', 'By', {
    help: "Size of the embedded store's commit log.",
    labels: [],
  }),
  cacheBytes: gauge('rocketmq_store_cache_bytes', 'rocketmq.store.cache.size', 'By', {
    help: 'Bytes that the embedded store has read from files and keeps in memory.',
    labels: [],
  }),
  cacheReads: observed(
    counter('rocketmq_store_cache_reads_total', 'rocketmq.store.cache.reads', '{read}', {
      help: 'Reads of older messages, by whether their bytes were in memory.',
      labels: ['result'],
    }),
  ),
  eventLoopDelay: observed(
    histogram('rocketmq_event_loop_delay_seconds', 'rocketmq.event_loop.delay', {
      help: 'How late timers of this process ran.',
      labels: [],
    }),
  ),
} satisfies Record<string, Instrument>;

/** Name of an instrument in our code. */
export type InstrumentKey = keyof typeof instruments;
/** What tells the series of an instrument apart. */
export type Labels = Readonly<Record<string, string>>;

/** Seconds: from a write into the page cache and a send in memory to what a consumer allows. */
export const DURATION_BUCKETS = [
  0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60,
];

interface Described {
  readonly help: string;
  readonly labels: readonly string[];
}

function counter(name: string, otelName: string, unit: string, described: Described): Instrument {
  return { kind: 'counter', isObserved: false, name, otelName, unit, ...described };
}

function histogram(name: string, otelName: string, described: Described): Instrument {
  return { kind: 'histogram', isObserved: false, name, otelName, unit: 's', ...described };
}

function gauge(name: string, otelName: string, unit: string, described: Described): Instrument {
  return { kind: 'gauge', isObserved: true, name, otelName, unit, ...described };
}

function observed(instrument: Instrument): Instrument {
  return { ...instrument, isObserved: true };
}
