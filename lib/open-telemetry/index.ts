// nestjs-rocketmq/open-telemetry: traces and metrics by the OpenTelemetry API.
export { openTelemetryTracing, type TracingOptions } from './tracing.js';
export { openTelemetryMetrics, type OpenTelemetryMetricsOptions } from './metrics.js';
