import { EventLoopWatch, type Logger } from '../engine/index.js';
import type {
  ConsumeOperation,
  ConsumeResult,
  SendOperation,
  Telemetry,
  TelemetrySource,
} from '../transport/telemetry.js';
import type { InstrumentKey, Labels } from './instruments.js';
import { clusterSource, eventLoopSource, storeSource, type MetricSource, type Sample } from './metric-source.js';

/** Where measurements go: a library of metrics. */
export interface MetricsRecorder {
  /** Of a counter. */
  add(instrument: InstrumentKey, count: number, labels: Labels): void;
  /** Of a histogram. */
  record(instrument: InstrumentKey, seconds: number, labels: Labels): void;
  /** Has gauges looked at by `collect` from now on. @returns how that ends */
  observe(collect: () => Promise<readonly Sample[]>): () => void;
}

/** What figures are taken from. */
export interface MetricsOptions {
  /** What is looked at beside the cluster, the embedded store and the event loop: for example `outboxSource(outbox)`. */
  sources?: readonly MetricSource[];
}

/** Counts and times what an application sends and consumes. Serves one connection. */
export class MessageMetrics implements Telemetry {
  private readonly eventLoop = new EventLoopWatch();
  private monotonic: () => number = () => performance.now();
  private endObserving?: () => void;

  constructor(
    private readonly recorder: MetricsRecorder,
    private readonly options: MetricsOptions = {},
  ) {}

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
    const own = [clusterSource(source), storeSource(source), eventLoopSource(this.eventLoop)];
    const sources = [...own, ...(this.options.sources ?? [])];
    this.endObserving = this.recorder.observe(() => collectAll(sources, source.logger));
  }

  stop(): void {
    this.endObserving?.();
    this.eventLoop.stop();
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
