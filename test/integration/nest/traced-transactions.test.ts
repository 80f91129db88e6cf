import { Controller } from '@nestjs/common';
import { context, propagation, trace } from '@opentelemetry/api';
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks';
import { W3CTraceContextPropagator } from '@opentelemetry/core';
import { BasicTracerProvider, InMemorySpanExporter, SimpleSpanProcessor } from '@opentelemetry/sdk-trace-base';
import type { DataSource, EntityManager } from 'typeorm';
import { RocketListener } from '../../../lib/decorators/rocket-listener.js';
import { openTelemetryTracing } from '../../../lib/open-telemetry/tracing.js';
import { RocketTemplate } from '../../../lib/transport/mq.template.js';
import { TypeOrmUnitOfWork } from '../../../lib/typeorm.js';
import { sqliteDataSource } from '../../support/databases.js';
import { Cluster, Journal } from './cluster.js';

const cluster = new Cluster('in memory');
const exporter = new InMemorySpanExporter();
const tracerProvider = new BasicTracerProvider({ spanProcessors: [new SimpleSpanProcessor(exporter)] });
const journal = new Journal();
let dataSource: DataSource;

@Controller()
class Listener {
  @RocketListener('traced', '*', 'traced-points', { consumeFrom: 'first' })
  handle(order: string) {
    journal.write(order);
  }
}

beforeAll(async () => {
  context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
  propagation.setGlobalPropagator(new W3CTraceContextPropagator());
  await cluster.start();
  dataSource = await sqliteDataSource().initialize();
});
afterAll(async () => {
  await cluster.closeApps();
  await cluster.stop();
  await dataSource.destroy();
  context.disable();
  propagation.disable();
  trace.disable();
});

test('a transaction’s message and what the outbox sends belong to the trace of their sender', async () => {
  const unitOfWork = new TypeOrmUnitOfWork(dataSource);
  const app = await cluster.startApp({
    controllers: [Listener],
    mq: {
      transaction: { unitOfWork, producerGroup: 'traced', synchronize: true },
      outbox: { unitOfWork, synchronize: true },
      telemetry: [openTelemetryTracing({ tracerProvider })],
    },
  });
  const template = app.get(RocketTemplate);
  await tracerProvider.getTracer('http').startActiveSpan('POST /orders', async (span) => {
    await template.sendInTransaction('traced', 'by half message', async (_manager: EntityManager, out) => {
      out.add('traced', 'beside it, by outbox');
    });
    await template.sendInTransaction(async (_manager: EntityManager, out) => {
      out.add('traced', 'by outbox');
    });
    span.end();
  });
  expect((await journal.have(3)).sort()).toEqual(['beside it, by outbox', 'by half message', 'by outbox']);
  await app.close(); // its listener's calls have ended, and with them their spans

  const spans = exporter.getFinishedSpans();
  expect(spans.map(({ name }) => name).sort()).toEqual([
    'POST /orders',
    'process traced',
    'process traced',
    'process traced',
    'transaction traced',
  ]);
  const [http] = spans.filter(({ name }) => name === 'POST /orders');
  expect(new Set(spans.map((span) => span.spanContext().traceId))).toEqual(new Set([http.spanContext().traceId]));
  const [send] = spans.filter(({ name }) => name === 'transaction traced');
  expect(send.parentSpanContext?.spanId).toBe(http.spanContext().spanId);
  expect(send.attributes['messaging.rocketmq.message.type']).toBe('transaction');
});
