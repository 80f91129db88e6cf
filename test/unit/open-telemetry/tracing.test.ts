import { Controller, Get, type INestApplication } from '@nestjs/common';
import { Test } from '@nestjs/testing';
import { context, propagation, SpanKind, SpanStatusCode, trace } from '@opentelemetry/api';
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks';
import { W3CTraceContextPropagator } from '@opentelemetry/core';
import {
  BasicTracerProvider,
  InMemorySpanExporter,
  SimpleSpanProcessor,
  type ReadableSpan,
} from '@opentelemetry/sdk-trace-base';
import { DeadLetterListener, RocketListener } from '../../../lib/decorators/rocket-listener.js';
import { openTelemetryTracing } from '../../../lib/open-telemetry/tracing.js';
import { RocketTestingModule } from '../../../lib/testing/rocket-testing.module.js';
import { TestBroker } from '../../../lib/testing/test-broker.js';
import { RocketTemplate } from '../../../lib/transport/mq.template.js';
import { silentApp } from '../transport/nest-app.js';

const exporter = new InMemorySpanExporter();
const provider = new BasicTracerProvider({ spanProcessors: [new SimpleSpanProcessor(exporter)] });
let broker: TestBroker;
let app: INestApplication;

/** Stands for the instrumentation of an HTTP server: what runs inside belongs to its span. */
async function httpRequest(work: () => Promise<unknown>): Promise<void> {
  await provider.getTracer('http').startActiveSpan('POST /orders', { kind: SpanKind.SERVER }, async (span) => {
    await work();
    span.end();
  });
}

@Controller()
class Shop {
  constructor(readonly template: RocketTemplate) {}

  @RocketListener('order', '*', 'stock')
  onStock() {
    return undefined;
  }

  @RocketListener('order', '*', 'points', { maxReconsumeTimes: 1 })
  onPoints() {
    throw new RangeError('no such customer');
  }

  @DeadLetterListener('points')
  onDead() {
    return undefined;
  }

  @RocketListener('many', '*', 'batches', { batch: { size: 10, waitMs: 100 } })
  onMany() {
    return undefined;
  }

  @Get()
  sendOrder() {
    return this.template.send('order:paid', { id: 7 }, { keys: ['o-7'] });
  }
}

beforeAll(() => {
  context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
  propagation.setGlobalPropagator(new W3CTraceContextPropagator());
});

beforeEach(async () => {
  exporter.reset();
  broker = await TestBroker.start({ seed: 3 });
  const telemetry = [openTelemetryTracing({ tracerProvider: provider })];
  const imports = [RocketTestingModule.forRoot({ broker, telemetry })];
  const module = await Test.createTestingModule({ imports, controllers: [Shop] }).compile();
  app = silentApp(module);
  await app.init();
});

afterEach(async () => {
  await app.close();
  await broker.stop();
});

afterAll(() => {
  context.disable();
  propagation.disable();
  trace.disable();
});

function spans(name: string): ReadableSpan[] {
  return exporter.getFinishedSpans().filter((span) => span.name === name);
}

it('shows one trace from HTTP by producer, broker and two groups to retry and dead letter', async () => {
  await httpRequest(() => app.get(Shop).sendOrder());
  await broker.advance('1m');

  const all = exporter.getFinishedSpans();
  expect(new Set(all.map((span) => span.spanContext().traceId)).size).toBe(1);
  const [http] = spans('POST /orders');
  const [send] = spans('send order');
  expect(send.parentSpanContext?.spanId).toBe(http.spanContext().spanId);
  expect(send.kind).toBe(SpanKind.PRODUCER);
  expect(send.attributes).toMatchObject({
    'messaging.system': 'rocketmq',
    'messaging.destination.name': 'order',
    'messaging.operation.type': 'send',
    'messaging.operation.name': 'send',
    'messaging.rocketmq.message.tag': 'paid',
    'messaging.rocketmq.message.keys': ['o-7'],
    'messaging.rocketmq.message.type': 'normal',
    'messaging.message.body.size': 8,
    'messaging.message.id': expect.stringMatching(/^[0-9A-F]{32}$/) as string,
  });

  const consumed = all.filter(({ kind }) => kind === SpanKind.CONSUMER);
  expect(
    consumed.map(({ attributes }) => [
      attributes['messaging.consumer.group.name'],
      attributes['rocketmq.reconsume_times'],
      attributes['rocketmq.consume.outcome'],
    ]),
  ).toEqual(
    expect.arrayContaining([
      ['stock', 0, 'SUCCESS'],
      ['points', 0, 'RETRY'],
      ['points', 1, 'DEAD_LETTER'],
    ]),
  );
  expect(consumed).toHaveLength(4); // and the one of the dead letter's listener
  for (const span of consumed) {
    expect(span.parentSpanContext?.spanId).toBe(send.spanContext().spanId);
    expect(span.links.map((link) => link.context.spanId)).toEqual([send.spanContext().spanId]);
  }
  const [failed] = consumed.filter(({ attributes }) => attributes['rocketmq.consume.outcome'] === 'RETRY');
  expect(failed.status).toEqual({ code: SpanStatusCode.ERROR, message: 'no such customer' });
  expect(failed.attributes['error.type']).toBe('RangeError');
  expect(JSON.stringify(all.map(({ attributes }) => attributes))).not.toContain('"id"');
});

it('links a batch to the traces of all its messages', async () => {
  const { template } = app.get(Shop);
  await httpRequest(() => template.sendBatch('many', ['a', 'b']));
  await broker.advance('1s');
  const [send] = spans('batch many');
  const [together] = spans('process many');
  expect(send.attributes['messaging.batch.message_count']).toBe(2);
  expect(together.links).toHaveLength(2);
  expect(together.spanContext().traceId).toBe(send.spanContext().traceId);

  exporter.reset();
  await httpRequest(() => template.send('many', 'c', { shardingKey: 'one queue' }));
  await httpRequest(() => template.send('many', 'd', { shardingKey: 'one queue' }));
  await broker.advance('1s');
  const [mixed] = spans('process many');
  expect(mixed.parentSpanContext).toBeUndefined();
  expect(mixed.links.map((link) => link.context.traceId)).toEqual(
    spans('send many').map((span) => span.spanContext().traceId),
  );
});

it('says what a send failed with', async () => {
  broker.failNext('send', { error: new TypeError('wrong') });
  await expect(app.get(Shop).sendOrder()).rejects.toThrow('wrong');
  const [send] = spans('send order');
  expect(send.status.code).toBe(SpanStatusCode.ERROR);
  expect(send.attributes['error.type']).toBe('TypeError');
});

it.each([
  ['messaging/dup', true],
  ['http, messaging/dup', true],
  ['messaging,messaging/dup', true],
  ['messaging', false],
  ['http/dup', false],
])('with OTEL_SEMCONV_STABILITY_OPT_IN=%s names of 1.24 stand beside the present ones: %s', async (optIn, both) => {
  process.env.OTEL_SEMCONV_STABILITY_OPT_IN = optIn;
  const telemetry = openTelemetryTracing({ tracerProvider: provider });
  delete process.env.OTEL_SEMCONV_STABILITY_OPT_IN;
  const operation = {
    kind: 'oneway',
    connection: 'default',
    topic: 't',
    producerGroup: 'makers',
    messages: [],
  } as const;
  await telemetry.send?.(operation, async () => 7);
  const [{ attributes }] = spans('oneway t');
  expect(attributes).toMatchObject({ 'messaging.operation.type': 'send', 'messaging.operation.name': 'oneway' });
  expect(attributes['messaging.operation']).toBe(both ? 'publish' : undefined);
  expect(attributes['messaging.rocketmq.client_group']).toBe(both ? 'makers' : undefined);
});

it('does nothing where no SDK is registered', async () => {
  const telemetry = openTelemetryTracing();
  const operation = { kind: 'send', connection: 'default', topic: 't', producerGroup: 'g', messages: [] } as const;
  expect(await telemetry.send?.(operation, async () => 7)).toBe(7);
});
