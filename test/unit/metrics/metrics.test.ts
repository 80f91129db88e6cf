import { Controller, type INestApplication, type Type } from '@nestjs/common';
import { Test } from '@nestjs/testing';
import {
  AggregationTemporality,
  type DataPoint,
  type Histogram as OpenTelemetryHistogram,
  InMemoryMetricExporter,
  MeterProvider,
  PeriodicExportingMetricReader,
} from '@opentelemetry/sdk-metrics';
import parse from 'parse-prometheus-text-format';
import { Registry } from 'prom-client';
import type { DataSource, EntityManager } from 'typeorm';
import { Idempotent } from '../../../lib/decorators/idempotent.js';
import { RocketListener } from '../../../lib/decorators/rocket-listener.js';
import { instruments } from '../../../lib/metrics/instruments.js';
import { prometheusMetrics } from '../../../lib/metrics/prometheus.js';
import { openTelemetryMetrics } from '../../../lib/open-telemetry/metrics.js';
import { RocketTestingModule, type RocketTestingOptions } from '../../../lib/testing/rocket-testing.module.js';
import { TestBroker } from '../../../lib/testing/test-broker.js';
import type { Telemetry } from '../../../lib/transport/telemetry.js';
import { RocketTemplate } from '../../../lib/transport/mq.template.js';
import { TypeOrmUnitOfWork } from '../../../lib/typeorm.js';
import { sqliteDataSource } from '../../support/databases.js';
import { silentApp } from '../transport/nest-app.js';

@Controller()
class Points {
  @RocketListener('order', '*', 'points', { maxReconsumeTimes: 1 })
  onOrder(payload: string) {
    if (payload === 'bad') throw new Error('no');
  }
}

@Controller()
class Mails {
  @RocketListener('order', '*', 'mails', { consumeFrom: 'first' })
  @Idempotent({ key: ({ body }) => String(body) })
  onOrder() {
    return 'sent';
  }
}

let broker: TestBroker;
let app: INestApplication;
let dataSource: DataSource;

async function start(
  controllers: Type[],
  options: (unitOfWork: TypeOrmUnitOfWork) => Omit<RocketTestingOptions, 'broker'>,
): Promise<void> {
  broker = await TestBroker.start({ seed: 5 });
  dataSource = await sqliteDataSource().initialize();
  const imports = [RocketTestingModule.forRoot({ broker, ...options(new TypeOrmUnitOfWork(dataSource)) })];
  app = silentApp(await Test.createTestingModule({ imports, controllers }).compile());
  await app.init();
}

/** One message is consumed, one ends as a dead letter, one cannot be sent. */
async function work(...telemetry: Telemetry[]): Promise<void> {
  await start([Points], () => ({ telemetry, producer: { retryTimesWhenSendFailed: 0 } }));
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
  await dataSource.destroy();
});

it('fills a registry of prom-client, whose page a parser of Prometheus reads', async () => {
  const registry = new Registry();
  await work(prometheusMetrics({ registry }));
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
  expect(metrics('rocketmq_consumer_retry_lag_messages')).toEqual([{ value: '0', labels: { group: 'points' } }]);
  expect(Number(metrics('rocketmq_store_flush_seconds')[0].count)).toBeGreaterThan(0);
  const flushed = (text: string) => /^rocketmq_store_flush_seconds_count (.*)$/m.exec(text)?.[1];
  expect(flushed(await registry.metrics())).toBe(flushed(page)); // a look adds nothing
  expect(metrics('rocketmq_store_cache_reads_total')).toHaveLength(2);
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
  await work(openTelemetryMetrics({ meterProvider }));
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
  expect(points('rocketmq.store.cache.reads')).toHaveLength(2);
  const [{ value: flushes }] = points('rocketmq.store.flush') as DataPoint<OpenTelemetryHistogram>[];
  expect(flushes.count).toBeGreaterThan(0);
});

it('tells of outbox, inbox and transactions of the module without being asked to', async () => {
  const registry = new Registry();
  await start([Mails], (unitOfWork) => ({
    telemetry: [prometheusMetrics({ registry })],
    transaction: { unitOfWork, producerGroup: 'orders', synchronize: true },
    outbox: { synchronize: true },
    inbox: { synchronize: true },
  }));
  const template = app.get(RocketTemplate);
  for (const body of ['one', 'one', 'two']) await template.send('order', body);
  broker.failNext('send', { topic: 'mail', times: 1000 });
  await template.sendInTransaction(async (_: EntityManager, outbox) => outbox.add('mail', 'cannot be sent'));
  await dataSource.query(
    `INSERT INTO rmq_transaction_record (tx_id, state, producer_group, handles, next_attempt_at, created_at)
     VALUES ('unconfirmed', 1, 'elsewhere', '[]', 0, ?)`,
    [broker.clock.now() - 60_000],
  );
  const engine = await broker.connect();
  const producer = engine.createTransactionProducer({ group: 'undecided', checker: async () => 'UNKNOWN' });
  await producer.start();
  await producer.sendHalf({ topic: 'order', body: Buffer.from('half') });
  await broker.advance('3m');

  const families = parse(await registry.metrics());
  const values = (name: string) =>
    Object.fromEntries(
      families
        .find((one) => one.name === `rocketmq_${name}`)
        ?.metrics.map(({ labels = {}, value }) => [Object.values(labels).join(), Number(value)]) ?? [],
    ) as Record<string, number>;
  expect(values('inbox_messages_total')).toEqual({ applied: 2, duplicate: 1, failed: 0 });
  expect(values('outbox_rows')).toEqual({ waiting: 0, again: 1, parked: 0, held: 0 });
  expect(values('outbox_lag_seconds')).toEqual({ '': 180 });
  expect(values('unconfirmed_transactions')).toEqual({ '': 1 });
  expect(values('unconfirmed_transaction_age_seconds')).toEqual({ '': 240 });
  expect(values('pending_transactions')).toEqual({ '': 1 });
  expect(values('transaction_checks')['']).toBeGreaterThan(0);
  expect(values('given_up_transactions')).toEqual({ '': 0 });
});
