// nestjs-rocketmq/metrics: metrics of an application for Prometheus, by prom-client.
export { instruments, type Instrument, type InstrumentKey, type Labels } from './instruments.js';
export { MessageMetrics, type MetricsOptions, type MetricsRecorder } from './message-metrics.js';
export { outboxSource, type MetricSource, type Sample } from './metric-source.js';
export { prometheusMetrics, type PrometheusOptions } from './prometheus.js';
