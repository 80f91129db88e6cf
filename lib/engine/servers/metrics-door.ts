import type { BrokerFigures } from '../broker/broker-figures.js';
import { DurationHistogram } from '../common/duration-histogram.js';
import { PortInUseError } from '../common/errors.js';
import { Service } from '../common/lifecycle.js';
import { EventLoopWatch } from '../platform/event-loop.js';
import { nodeHttpServe } from '../platform/node-http-server.js';
import { hasErrorCode } from '../ports/file-system.js';
import type { HttpListener } from '../ports/http.js';
import { metricsPage } from './metrics-page.js';

const CONTENT_TYPE = 'text/plain; version=0.0.4; charset=utf-8';

/** `http://host:port/metrics` for Prometheus. Source: Apache 5.3 BrokerMetricsManager, MetricsExporterType.PROM. */
export class MetricsDoor extends Service {
  private readonly eventLoop = new EventLoopWatch();
  private readonly delays = new DurationHistogram();
  private listener?: HttpListener;

  constructor(
    private readonly at: { readonly host: string; readonly port: number },
    private readonly figures: () => BrokerFigures,
  ) {
    super();
  }

  /** Valid while it runs. */
  get port(): number | undefined {
    return this.listener?.port;
  }

  /** @throws PortInUseError */
  protected async onStart(): Promise<void> {
    const { host, port } = this.at;
    try {
      this.listener = await nodeHttpServe(this.at, (path) =>
        path === '/metrics' ? { contentType: CONTENT_TYPE, body: this.page() } : undefined,
      );
    } catch (error) {
      throw hasErrorCode(error, 'EADDRINUSE') ? new PortInUseError(host, port, { cause: error }) : error;
    }
    this.eventLoop.start();
  }

  protected async onStop(): Promise<void> {
    this.eventLoop.stop();
    await this.listener?.close();
  }

  private page(): string {
    this.eventLoop.drainInto(this.delays);
    return metricsPage(this.figures(), this.delays.buckets());
  }
}
