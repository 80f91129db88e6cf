import { Controller, type INestApplication } from '@nestjs/common';
import { Test } from '@nestjs/testing';
import {
  AggregationTemporality,
  InMemoryMetricExporter,
  MeterProvider,
  PeriodicExportingMetricReader,
} from '@opentelemetry/sdk-metrics';
import parse from 'parse-prometheus-text-format';
import { Registry } from 'prom-client';
import { RocketListener } from '../../../lib/decorators/rocket-listener.js';
import { instruments } from '../../../lib/metrics/instruments.js';
import { outboxSource } from '../../../lib/metrics/metric-source.js';
import { prometheusMetrics } from '../../../lib/metrics/prometheus.js';
import { openTelemetryMetrics } from '../../../lib/open-telemetry/metrics.js';
import { RocketTestingModule } from '../../../lib/testing/rocket-testing.module.js';
import { TestBroker } from '../../../lib/testing/test-broker.js';
import type { Telemetry } from '../../../lib/transport/telemetry.js';
import { RocketTemplate } from '../../../lib/transport/mq.template.js';
import { silentApp } from '../transport/nest-app.js';

@Controller()
class Points {
  @RocketListener('order', '*', 'points', { maxReconsumeTimes: 1 })
  onOrder(payload: string) {
    if (payload === 'bad') throw new Error('no');
  }
}

const outbox = outboxSource({
  status: async () => ({ waiting: 2, again: 1, parked: 0, held: 0, sent: 9, lagMs: 1500 }),
});
let broker: TestBroker;
let app: INestApplication;

/** One message is consumed, one ends as a dead letter, one cannot be sent. */
async function work(...telemetry: Telemetry[]): Promise<void> {
  broker = await TestBroker.start({ seed: 5 });
  const imports = [RocketTestingModule.forRoot({ broker, telemetry, producer: { retryTimesWhenSendFailed: 0 } })];
  app = silentApp(await Test.createTestingModule({ imports, controllers: [Points] }).compile());
  await app.init();
  const template = app.get(RocketTemplate);
  await template.send('order', 'good');
  await template.send('order', 'bad');
  broker.failNext('send');
  await expect(template.send('order', 'refused')).rejects.toThrow('the test has asked for');
  await broker.advance('10m');
}

afterEach(async () => {
  await app.close();
  await broker.stop();
});

it('fills a registry of prom-client, whose page a parser of Prometheus reads', async () => {
  const registry = new Registry();
  await work(prometheusMetrics({ registry, sources: [outbox] }));
  const page = await registry.metrics();
  const families = parse(page);
  const metrics = (name: string) => families.find((one) => one.name === name)?.metrics ?? [];
  expect(families.map(({ name }) => name).sort()).toEqual(
    Object.values(instruments)
      .map(({ name }) => name)
      .sort(),
  );

  const order = { topic: 'order', group: 'points' };
  expect(metrics('rocketmq_messages_consumed_total')).toEqual(
    expect.arrayContaining(
      [
        { value: '1', labels: { ...order, outcome: 'success' } },
        { value: '1', labels: { ...order, outcome: 'retry' } },
        { value: '1', labels: { ...order, outcome: 'dead_letter' } },
      ].map((one) => expect.objectContaining(one) as unknown),
    ),
  );
  expect(metrics('rocketmq_messages_sent_total')).toEqual([
    { value: '2', labels: { topic: 'order', operation: 'send', result: 'success' } },
    { value: '1', labels: { topic: 'order', operation: 'send', result: 'failure' } },
  ]);
  // The parser puts the label sets of a histogram together.
  expect(page.match(/^rocketmq_process_duration_seconds_count/gm)).toHaveLength(3);
  expect(metrics('rocketmq_consumer_lag_messages')).toContainEqual({ value: '0', labels: order });
  expect(metrics('rocketmq_dead_letter_messages')).toEqual([{ value: '1', labels: { group: 'points' } }]);
  expect(metrics('rocketmq_outbox_lag_seconds')).toEqual([{ value: '1.5' }]);
  expect(metrics('rocketmq_outbox_rows')).toContainEqual({ value: '2', labels: { state: 'waiting' } });
  expect(metrics('rocketmq_store_flush_seconds')).toHaveLength(3);
  expect(Number(metrics('rocketmq_store_bytes')[0].value)).toBeGreaterThan(300);
});

it('leaves nothing in the registry when the application has ended', async () => {
  const registry = new Registry();
  await work(prometheusMetrics({ registry }));
  await app.close();
  expect(await registry.metrics()).toBe('\n');
});

it('fills meters of OpenTelemetry', async () => {
  const exporter = new InMemoryMetricExporter(AggregationTemporality.CUMULATIVE);
  const reader = new PeriodicExportingMetricReader({ exporter, exportIntervalMillis: 3_600_000 });
  const meterProvider = new MeterProvider({ readers: [reader] });
  await work(openTelemetryMetrics({ meterProvider, sources: [outbox] }));
  await meterProvider.forceFlush();
  const collected = exporter.getMetrics().flatMap(({ scopeMetrics }) => scopeMetrics.flatMap(({ metrics }) => metrics));
  await meterProvider.shutdown();

  const points = (name: string) => collected.find(({ descriptor }) => descriptor.name === name)?.dataPoints ?? [];
  const system = { 'messaging.system': 'rocketmq', 'messaging.destination.name': 'order' };
  expect(points('messaging.client.sent.messages')).toContainEqual(
    expect.objectContaining({
      value: 2,
      attributes: { ...system, 'messaging.operation.name': 'send', 'rocketmq.result': 'success' },
    }),
  );
  expect(points('messaging.process.duration').map(({ attributes }) => attributes['rocketmq.outcome'])).toEqual(
    expect.arrayContaining(['success', 'retry', 'dead_letter']),
  );
  expect(points('rocketmq.consumer.lag').length).toBeGreaterThan(0);
  expect(points('rocketmq.outbox.lag')).toMatchObject([{ value: 1.5 }]);
});
