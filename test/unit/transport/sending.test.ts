import type { INestApplication } from '@nestjs/common';
import { Injectable } from '@nestjs/common';
import { lastValueFrom } from 'rxjs';
import { InjectRocketTemplate } from '../../../lib/decorators/parameters.js';
import { Topic } from '../../../lib/decorators/topic.js';
import {
  ConfigurationError,
  InvalidMessageError,
  type Logger,
  type RequestOptions,
} from '../../../lib/engine/index.js';
import { RocketTemplate } from '../../../lib/transport/mq.template.js';
import { RocketRecord } from '../../../lib/transport/outgoing-message.js';
import { RocketMqClientProxy } from '../../../lib/transport/rocketmq.client-proxy.js';
import { received, type FakeEngine } from '../../support/fake-engine.js';
import { createApp } from './nest-app.js';

interface OrderPaid {
  id: number;
}
const JSON_BODY = new Map([['contentType', 'application/json']]);
const orderPaid = new Topic<OrderPaid>('order', { tag: 'paid' });

let app: INestApplication;
let engine: FakeEngine;
let template: RocketTemplate;

beforeEach(async () => {
  ({ app, engine } = await createApp({}));
  template = app.get(RocketTemplate);
});
afterEach(() => app.close());

const lastSent = () => engine.sent[engine.sent.length - 1];

describe('RocketTemplate', () => {
  it('sends before init(), too', async () => {
    const result = await template.send(orderPaid, { id: 1 }, { keys: 'o1', timeoutMs: 50 });
    expect(result.status).toBe('SEND_OK');
    expect(lastSent()).toMatchObject({
      kind: 'send',
      message: { topic: 'order', tag: 'paid', keys: 'o1', body: Buffer.from('{"id":1}') },
      options: { timeoutMs: 50 },
    });
  });

  it('sends one way', async () => {
    await template.sendOneWay('order', 'x');
    expect(lastSent().kind).toBe('oneway');
  });

  it('sends in order by key', async () => {
    await template.sendOrderly('order', { id: 1 }, 'user-1');
    expect(lastSent()).toMatchObject({ message: { shardingKey: 'user-1' }, options: { shardingKey: 'user-1' } });
  });

  it('sends later', async () => {
    await template.sendDelayed('order', { id: 1 }, new Date(4_102_444_800_000));
    expect(lastSent().message.deliverAt).toBe(4_102_444_800_000);
    const before = Date.now();
    await template.sendDelayed('order', { id: 1 }, 60_000);
    expect(lastSent().message.deliverAt).toBeGreaterThanOrEqual(before + 60_000);
  });

  it('sends a batch, whose records have keys of their own', async () => {
    await template.sendBatch(orderPaid, [{ id: 1 }, new RocketRecord({ id: 2 }, { keys: 'o2' })]);
    expect(engine.sent.map(({ kind, message }) => [kind, message.tag, message.keys, message.body.toString()])).toEqual([
      ['batch', 'paid', undefined, '{"id":1}'],
      ['batch', 'paid', 'o2', '{"id":2}'],
    ]);
  });

  it('refuses a missing topic before anything is sent', async () => {
    await expect(template.send('', {})).rejects.toThrow(InvalidMessageError);
    expect(engine.sent).toEqual([]);
  });

  it('needs the option `transaction` for sendInTransaction()', async () => {
    const work = jest.fn();
    await expect(template.sendInTransaction('order', {}, work)).rejects.toThrow(ConfigurationError);
    await expect(template.sendInTransaction('order', {}, work)).rejects.toThrow(
      /give it \{ unitOfWork, producerGroup \}/,
    );
    expect(work).not.toHaveBeenCalled();
  });

  it('is injected by class, or by the name of its connection', async () => {
    @Injectable()
    class Sender {
      constructor(
        readonly byClass: RocketTemplate,
        @InjectRocketTemplate() readonly byName: RocketTemplate,
      ) {}
    }
    const other = await createApp({ providers: [Sender] });
    const sender = other.app.get(Sender);
    expect(sender.byClass).toBe(sender.byName);
    await other.app.close();
  });

  it('encodes by the serializer of the module', async () => {
    const serializer = { encode: () => ({ body: Buffer.from('own') }), decode: () => 0 };
    const other = await createApp({ options: { serializer } });
    await other.app.get(RocketTemplate).send('order', { id: 1 }, { headers: { a: 'b' } });
    expect(other.engine.sent[0].message).toMatchObject({ body: Buffer.from('own'), properties: { a: 'b' } });
    await other.app.close();
  });
});

describe('RocketMqClientProxy', () => {
  const log = { debug: jest.fn(), info: jest.fn(), warn: jest.fn(), error: jest.fn() } satisfies Logger;
  let client: RocketMqClientProxy;
  beforeEach(() => {
    log.error.mockReset();
    client = new RocketMqClientProxy(template, log);
  });
  const turn = () => new Promise((resolve) => setImmediate(resolve));

  it.each([
    ['order:paid', { topic: 'order', tag: 'paid' }],
    [
      { topic: 'order', tag: 'paid' },
      { topic: 'order', tag: 'paid' },
    ],
    [orderPaid, { topic: 'order', tag: 'paid' }],
  ])('emits to %j', async (pattern, expected) => {
    expect(await lastValueFrom(client.emit(pattern, { id: 1 }))).toMatchObject({ status: 'SEND_OK' });
    expect(lastSent().message).toMatchObject(expected);
  });

  it('emits once, at once, subscribed or not, and however often', async () => {
    const emitted = client.emit('order', 1);
    await turn();
    expect(engine.sent).toHaveLength(1);
    await lastValueFrom(emitted);
    await lastValueFrom(emitted);
    expect(engine.sent).toHaveLength(1);
  });

  it('takes records, and the metadata of a dispatch hook', async () => {
    client.setOnDispatchHook((packet) => (packet.metadata = { traceparent: 't1' }));
    await lastValueFrom(client.emit('order', new RocketRecord({ id: 1 }, { tag: 'new', headers: { a: 'b' } })));
    expect(lastSent().message).toMatchObject({ tag: 'new', properties: { a: 'b', traceparent: 't1' } });
  });

  it('reports a failure that nobody subscribed to', async () => {
    engine.sendError = new Error('disk full');
    client.emit('order', 1);
    await turn();
    expect(log.error).toHaveBeenCalledWith(expect.stringContaining('nobody subscribed'), {
      pattern: 'order',
      error: engine.sendError,
    });
  });

  it('gives a failure to who subscribed, and does not report it', async () => {
    engine.sendError = new Error('disk full');
    await expect(lastValueFrom(client.emit('order', 1))).rejects.toThrow('disk full');
    expect(log.error).not.toHaveBeenCalled();
  });

  it('requests, and takes the reply or the error that came back', async () => {
    engine.answer = () => received({ body: Buffer.from('"pong"'), properties: JSON_BODY });
    expect(await lastValueFrom(client.send(orderPaid, new RocketRecord({ id: 1 }, { timeoutMs: 70 })))).toBe('pong');
    expect(lastSent()).toMatchObject({ kind: 'request', message: { tag: 'paid' }, options: { timeoutMs: 70 } });

    const properties = new Map([...JSON_BODY, ['replyError', 'true']]);
    engine.answer = () => received({ body: Buffer.from('{"message":"no"}'), properties });
    await expect(lastValueFrom(client.send('order', 1))).rejects.toEqual({ message: 'no' });
    await expect(template.request('order', 1)).rejects.toThrow(/request to order failed: no/);
  });

  it('gives a request up when its subscriber leaves', async () => {
    engine.answer = () => new Promise(() => undefined);
    const subscription = client.send('order', 1).subscribe();
    await turn();
    subscription.unsubscribe();
    const giveUp = jest.fn();
    (lastSent().options as RequestOptions).onWaiting?.(giveUp);
    expect(giveUp).toHaveBeenCalledTimes(1);
  });

  it('is injectable, and gives its template', () => {
    const injected = app.get(RocketMqClientProxy);
    expect(injected.unwrap()).toBe(template);
  });
});
