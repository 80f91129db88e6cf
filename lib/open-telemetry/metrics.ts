import {
  metrics,
  ValueType,
  type BatchObservableCallback,
  type Counter,
  type Histogram,
  type MeterProvider,
  type ObservableGauge,
} from '@opentelemetry/api';
import {
  DURATION_BUCKETS,
  instruments,
  type Instrument,
  type InstrumentKey,
  type Labels,
} from '../metrics/instruments.js';
import { MessageMetrics, type MetricsOptions, type MetricsRecorder } from '../metrics/message-metrics.js';
import type { Sample } from '../metrics/metric-source.js';
import type { Telemetry } from '../transport/telemetry.js';
import { SCOPE } from './semantic-conventions.js';

/** Which meter the figures go to. */
export interface OpenTelemetryMetricsOptions extends MetricsOptions {
  /** Default: the one that is registered globally. */
  meterProvider?: MeterProvider;
}

/** Metrics by the OpenTelemetry API: option `telemetry` of the module. */
export function openTelemetryMetrics({
  meterProvider = metrics,
  ...options
}: OpenTelemetryMetricsOptions = {}): Telemetry {
  return new MessageMetrics(new OpenTelemetryRecorder(meterProvider), options);
}

/** Attributes by OpenTelemetry's conventions, where they have a name for what the label says. */
const attributeNames: Readonly<Record<string, string>> = {
  topic: 'messaging.destination.name',
  group: 'messaging.consumer.group.name',
  operation: 'messaging.operation.name',
};

class OpenTelemetryRecorder implements MetricsRecorder {
  private readonly counters = new Map<string, Counter>();
  private readonly histograms = new Map<string, Histogram>();
  private readonly gauges = new Map<string, ObservableGauge>();
  private readonly meter: ReturnType<MeterProvider['getMeter']>;

  constructor(provider: MeterProvider) {
    this.meter = provider.getMeter(SCOPE);
    for (const [key, instrument] of Object.entries<Instrument>(instruments)) this.create(key, instrument);
  }

  add(instrument: InstrumentKey, count: number, labels: Labels): void {
    this.counters.get(instrument)?.add(count, attributesOf(labels));
  }

  record(instrument: InstrumentKey, seconds: number, labels: Labels): void {
    this.histograms.get(instrument)?.record(seconds, attributesOf(labels));
  }

  observe(collect: () => Promise<readonly Sample[]>): () => void {
    const gauges = [...this.gauges.values()];
    const callback: BatchObservableCallback = async (result) => {
      for (const { instrument, value, labels = {} } of await collect()) {
        const gauge = this.gauges.get(instrument);
        if (gauge) result.observe(gauge, value, attributesOf(labels));
      }
    };
    this.meter.addBatchObservableCallback(callback, gauges);
    return () => this.meter.removeBatchObservableCallback(callback, gauges);
  }

  private create(key: string, { kind, otelName, help: description, unit }: Instrument): void {
    const settings = { description, unit, valueType: ValueType.DOUBLE };
    if (kind === 'counter') this.counters.set(key, this.meter.createCounter(otelName, settings));
    else if (kind === 'gauge') this.gauges.set(key, this.meter.createObservableGauge(otelName, settings));
    else {
      const advice = { explicitBucketBoundaries: DURATION_BUCKETS };
      this.histograms.set(key, this.meter.createHistogram(otelName, { ...settings, advice }));
    }
  }
}

function attributesOf(labels: Labels): Record<string, string> {
  const entries = Object.entries(labels).map(([name, value]) => [attributeNames[name] ?? `rocketmq.${name}`, value]);
  return { 'messaging.system': 'rocketmq', ...(Object.fromEntries(entries) as Record<string, string>) };
}
