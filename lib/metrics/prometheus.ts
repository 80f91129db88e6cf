import { Counter, Gauge, Histogram, register as globalRegistry, type Registry } from 'prom-client';
import type { Telemetry } from '../transport/telemetry.js';
import { DURATION_BUCKETS, instruments, type Instrument, type InstrumentKey, type Labels } from './instruments.js';
import { MessageMetrics, type MetricsOptions, type MetricsRecorder } from './message-metrics.js';
import type { Sample } from './metric-source.js';

/** Where prom-client's metrics are registered. */
export interface PrometheusOptions extends MetricsOptions {
  /** Default: prom-client's global one. */
  registry?: Registry;
}

/**
 * Metrics in a registry of prom-client: option `telemetry` of the module. Gauges ask the cluster when
 * the registry is read.
 */
export function prometheusMetrics({ registry = globalRegistry, ...options }: PrometheusOptions = {}): Telemetry {
  return new MessageMetrics(new PrometheusRecorder(registry), options);
}

class PrometheusRecorder implements MetricsRecorder {
  private readonly counters = new Map<string, Counter>();
  private readonly histograms = new Map<string, Histogram>();
  private readonly gauges = new Map<string, Gauge>();
  private collecting?: Promise<void>;
  private collect?: () => Promise<readonly Sample[]>;

  constructor(private readonly registry: Registry) {
    for (const [key, instrument] of Object.entries<Instrument>(instruments)) this.create(key, instrument);
  }

  add(instrument: InstrumentKey, count: number, labels: Labels): void {
    this.counters.get(instrument)?.inc({ ...labels }, count);
  }

  record(instrument: InstrumentKey, seconds: number, labels: Labels): void {
    this.histograms.get(instrument)?.observe({ ...labels }, seconds);
  }

  /** The registry's page loses them again when that ends. */
  observe(collect: () => Promise<readonly Sample[]>): () => void {
    this.collect = collect;
    return () => {
      this.collect = undefined;
      for (const { name } of Object.values<Instrument>(instruments)) this.registry.removeSingleMetric(name);
    };
  }

  private create(key: string, { kind, name, help, labels }: Instrument): void {
    const common = { name, help, labelNames: [...labels], registers: [this.registry] };
    const known: unknown = this.registry.getSingleMetric(name); // of another connection
    if (kind === 'counter') this.counters.set(key, known instanceof Counter ? known : new Counter(common));
    else if (kind === 'histogram') {
      const settings = { ...common, buckets: DURATION_BUCKETS };
      this.histograms.set(key, known instanceof Histogram ? known : new Histogram(settings));
    } else if (known === undefined) this.gauges.set(key, new Gauge({ ...common, collect: () => this.refresh() }));
  }

  /** All gauges are read at once, and looked at together. */
  private refresh(): Promise<void> {
    this.collecting ??= this.look().finally(() => (this.collecting = undefined));
    return this.collecting;
  }

  private async look(): Promise<void> {
    const samples = (await this.collect?.()) ?? [];
    for (const gauge of this.gauges.values()) gauge.reset();
    for (const { instrument, value, labels = {} } of samples) this.gauges.get(instrument)?.set({ ...labels }, value);
  }
}
