import { EventLoopWatch, type Logger } from '../engine/index.js';
import type {
  ConsumeOperation,
  ConsumeResult,
  SendOperation,
  Telemetry,
  TelemetrySource,
} from '../transport/telemetry.js';
import { CountedDurations } from './counted-durations.js';
import type { InstrumentKey, Labels } from './instruments.js';
import { sourcesOf, type MetricSource, type Sample } from './metric-source.js';

/** Where measurements go: a library of metrics. */
export interface MetricsRecorder {
  /** Of a counter. */
  add(instrument: InstrumentKey, count: number, labels: Labels): void;
  /** Of a histogram. */
  record(instrument: InstrumentKey, seconds: number, labels: Labels): void;
  /** Has observed counters and gauges looked at by `collect` from now on; it records histograms itself. @returns how that ends */
  observe(collect: () => Promise<readonly Observation[]>): () => void;
}

/** What an observed counter or gauge is now. */
export interface Observation {
  readonly instrument: InstrumentKey;
  readonly value: number;
  readonly labels: Labels;
}

/** Counts and times what an application sends and consumes. Serves one connection. */
export class MessageMetrics implements Telemetry {
  private readonly eventLoop = new EventLoopWatch();
  private monotonic: () => number = () => performance.now();
  private endObserving?: () => void;
  /** By instrument: what histograms have already. */
  private readonly durations = new Map<InstrumentKey, CountedDurations>();

  constructor(private readonly recorder: MetricsRecorder) {}

  async send<Result>({ kind, topic, messages }: SendOperation, work: () => Promise<Result>): Promise<Result> {
    const begin = this.monotonic();
    let result = 'failure';
    try {
      const outcome = await work();
      result = 'success';
      return outcome;
    } finally {
      const labels = { topic, operation: kind, result };
      this.recorder.add('sent', Math.max(1, messages.length), labels);
      this.recorder.record('sendDuration', (this.monotonic() - begin) / 1000, labels);
    }
  }

  async consume<Result extends ConsumeResult>(
    { group, messages }: ConsumeOperation,
    work: () => Promise<Result>,
  ): Promise<Result> {
    const begin = this.monotonic();
    const result = await work();
    const labels = { topic: messages[0].topic, group, outcome: outcomes[result.outcome] };
    this.recorder.add('consumed', messages.length, labels);
    this.recorder.record('processDuration', (this.monotonic() - begin) / 1000, labels);
    return result;
  }

  start(source: TelemetrySource): void {
    this.monotonic = () => source.clock.monotonic();
    this.eventLoop.start();
    const sources = sourcesOf(source, this.eventLoop);
    this.endObserving = this.recorder.observe(async () =>
      (await collectAll(sources, source.logger)).flatMap((sample) => this.observation(sample)),
    );
  }

  stop(): void {
    this.endObserving?.();
    this.eventLoop.stop();
  }

  private observation({ instrument, value, labels = {} }: Sample): Observation[] {
    if (typeof value === 'number') return [{ instrument, value, labels }];
    const durations = this.durations.get(instrument) ?? new CountedDurations();
    this.durations.set(instrument, durations);
    durations.record(value, (seconds) => this.recorder.record(instrument, seconds, labels));
    return [];
  }
}

const outcomes: Record<ConsumeResult['outcome'], string> = {
  SUCCESS: 'success',
  RETRY: 'retry',
  DEAD_LETTER: 'dead_letter',
};

/** What fails is left out: a cluster that is away must not hide the rest. */
async function collectAll(sources: readonly MetricSource[], logger: Logger): Promise<Sample[]> {
  const all = await Promise.all(
    sources.map(async (source) => {
      try {
        return await source.collect();
      } catch (error) {
        logger.warn('metrics could not be collected', { source: source.name, error });
        return [];
      }
    }),
  );
  return all.flat();
}
