import { Counter, Gauge, Histogram, register as globalRegistry, type Registry } from 'prom-client';
import type { Telemetry } from '../transport/telemetry.js';
import { DURATION_BUCKETS, instruments, type Instrument, type InstrumentKey, type Labels } from './instruments.js';
import { MessageMetrics, type MetricsRecorder, type Observation } from './message-metrics.js';

/** Where prom-client's metrics are registered. */
export interface PrometheusOptions {
  /** Default: prom-client's global one. */
  registry?: Registry;
}

/**
 * Metrics in a registry of prom-client: option `telemetry` of the module. Gauges ask the cluster when
 * the registry is read.
 */
export function prometheusMetrics({ registry = globalRegistry }: PrometheusOptions = {}): Telemetry {
  return new MessageMetrics(new PrometheusRecorder(registry));
}

class PrometheusRecorder implements MetricsRecorder {
  private readonly counters = new Map<string, Counter>();
  private readonly histograms = new Map<string, Histogram>();
  private readonly gauges = new Map<string, Gauge>();
  private collecting?: Promise<void>;
  private collect?: () => Promise<readonly Observation[]>;

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
  observe(collect: () => Promise<readonly Observation[]>): () => void {
    this.collect = collect;
    return () => {
      this.collect = undefined;
      for (const { name } of Object.values<Instrument>(instruments)) this.registry.removeSingleMetric(name);
    };
  }

  private create(key: string, { kind, isObserved, name, help, labels }: Instrument): void {
    const collect = isObserved ? { collect: () => this.refresh() } : {};
    const common = { name, help, labelNames: [...labels], registers: [this.registry], ...collect };
    const known: unknown = this.registry.getSingleMetric(name); // of another connection
    if (known !== undefined && isObserved) return; // that one is looked at
    if (kind === 'counter') this.counters.set(key, known instanceof Counter ? known : new Counter(common));
    else if (kind === 'gauge') this.gauges.set(key, new Gauge(common));
    else {
      const settings = { ...common, buckets: DURATION_BUCKETS };
      this.histograms.set(key, known instanceof Histogram ? known : new Histogram(settings));
    }
  }

  /** All that is observed is read at once, and looked at together. */
  private refresh(): Promise<void> {
    this.collecting ??= this.look().finally(() => (this.collecting = undefined));
    return this.collecting;
  }

  private async look(): Promise<void> {
    const observations = (await this.collect?.()) ?? [];
    for (const gauge of this.gauges.values()) gauge.reset();
    for (const { instrument } of observations) this.counters.get(instrument)?.reset();
    for (const { instrument, value, labels } of observations) {
      this.gauges.get(instrument)?.set({ ...labels }, value);
      this.counters.get(instrument)?.inc({ ...labels }, value);
    }
  }
}
