import {
  metrics,
  ValueType,
  type BatchObservableCallback,
  type Counter,
  type Histogram,
  type MeterProvider,
  type ObservableCounter,
  type ObservableGauge,
} from '@opentelemetry/api';
import {
  DURATION_BUCKETS,
  instruments,
  type Instrument,
  type InstrumentKey,
  type Labels,
} from '../metrics/instruments.js';
import { MessageMetrics, type MetricsRecorder, type Observation } from '../metrics/message-metrics.js';
import type { Telemetry } from '../transport/telemetry.js';
import { SCOPE } from './semantic-conventions.js';

/** Which meter the figures go to. */
export interface OpenTelemetryMetricsOptions {
  /** Default: the one that is registered globally. */
  meterProvider?: MeterProvider;
}

/** Metrics by the OpenTelemetry API: option `telemetry` of the module. */
export function openTelemetryMetrics({ meterProvider = metrics }: OpenTelemetryMetricsOptions = {}): Telemetry {
  return new MessageMetrics(new OpenTelemetryRecorder(meterProvider));
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
  private readonly observed = new Map<string, ObservableGauge | ObservableCounter>();
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

  observe(collect: () => Promise<readonly Observation[]>): () => void {
    const observed = [...this.observed.values()];
    const callback: BatchObservableCallback = async (result) => {
      for (const { instrument, value, labels } of await collect()) {
        const meant = this.observed.get(instrument);
        if (meant) result.observe(meant, value, attributesOf(labels));
      }
    };
    this.meter.addBatchObservableCallback(callback, observed);
    return () => this.meter.removeBatchObservableCallback(callback, observed);
  }

  private create(key: string, { kind, isObserved, otelName, help: description, unit }: Instrument): void {
    const settings = { description, unit, valueType: ValueType.DOUBLE };
    if (kind === 'gauge') this.observed.set(key, this.meter.createObservableGauge(otelName, settings));
    else if (kind === 'counter' && isObserved)
      this.observed.set(key, this.meter.createObservableCounter(otelName, settings));
    else if (kind === 'counter') this.counters.set(key, this.meter.createCounter(otelName, settings));
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
