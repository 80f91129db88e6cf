// nestjs-rocketmq/metrics: metrics of an application for Prometheus, by prom-client.
export { instruments, type Instrument, type InstrumentKey, type Labels } from './instruments.js';
export { MessageMetrics, type MetricsRecorder, type Observation } from './message-metrics.js';
export { prometheusMetrics, type PrometheusOptions } from './prometheus.js';
