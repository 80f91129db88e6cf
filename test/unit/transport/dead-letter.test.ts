import type { INestApplication } from '@nestjs/common';
import { Injectable } from '@nestjs/common';
import { RocketListener } from '../../../lib/decorators/rocket-listener.js';
import type { RocketListenerOptions } from '../../../lib/decorators/metadata.js';
import { isLastDelivery } from '../../../lib/transport/dead-letter.js';
import { ReconsumeLaterException, RejectException, SkipMessageException } from '../../../lib/transport/exceptions.js';
import { jsonMessage, type FakeEngine } from '../../support/fake-engine.js';
import { startApp } from './nest-app.js';

it.each<[number, Parameters<typeof isLastDelivery>[1], boolean]>([
  [15, {}, false],
  [16, {}, true],
  [2, { maxReconsumeTimes: 2 }, true],
  [16, { maxReconsumeTimes: -1 }, true],
  [1000, { mode: 'orderly' }, false],
  [1, { mode: 'orderly', maxReconsumeTimes: 1 }, true],
  [0, { model: 'broadcasting' }, true],
])('after %i deliveries, with %j, the next one is the last: %s', (reconsumeTimes, group, isLast) => {
  expect(isLastDelivery({ reconsumeTimes }, group)).toBe(isLast);
});

describe('a listener with a dead-letter topic of its own', () => {
  let app: INestApplication | undefined;
  afterEach(() => app?.close());

  async function start(error: Error, options: RocketListenerOptions = {}): Promise<FakeEngine> {
    @Injectable()
    class Failing {
      @RocketListener('order', '*', 'g', { deadLetter: 'order-failed', ...options })
      fail(): never {
        throw error;
      }
    }
    const started = await startApp({ providers: [Failing] });
    app = started.app;
    return started.engine;
  }

  const properties = new Map([
    ['own', 'kept'],
    ['TAGS', 'paid'],
    ['UNIQ_KEY', 'M1'],
  ]);
  const order = (reconsumeTimes: number) =>
    jsonMessage({ id: 7 }, { topic: 'order', tag: 'paid', keys: ['k1', 'k2'], properties, reconsumeTimes });

  it('has what is rejected or failed for the last time sent there, with what is the application’s', async () => {
    const engine = await start(new Error('boom'));
    expect(await engine.deliver('g', order(15))).toMatchObject({ status: 'LATER' });
    expect(engine.sent).toEqual([]);
    expect(await engine.deliver('g', order(16))).toEqual({ status: 'SUCCESS' });
    const [{ kind, message }] = engine.sent;
    expect(kind).toBe('send');
    expect(message).toEqual({
      topic: 'order-failed',
      tag: 'paid',
      keys: ['k1', 'k2'],
      body: Buffer.from('{"id":7}'),
      properties: { contentType: 'application/json', own: 'kept', originTopic: 'order', originMessageId: 'M1' },
    });
  });

  it.each<[Error, RocketListenerOptions, string, number]>([
    [new RejectException(), {}, 'SUCCESS', 1],
    [new SkipMessageException(), {}, 'SUCCESS', 0],
    [new ReconsumeLaterException(), {}, 'LATER', 0],
    [new Error(), { mode: 'orderly' }, 'SUSPEND', 0],
    [new Error(), { model: 'broadcasting' }, 'SUCCESS', 1],
    [new Error(), { maxReconsumeTimes: 0 }, 'SUCCESS', 1],
  ])('%s, %j: %s', async (error, options, status, sent) => {
    const engine = await start(error, options);
    expect(await engine.deliver('g', order(0))).toMatchObject({ status });
    expect(engine.sent).toHaveLength(sent);
  });

  it('leaves it to RocketMQ when the topic cannot be sent to', async () => {
    const engine = await start(new RejectException());
    engine.sendError = new Error('disk full');
    expect(await engine.deliver('g', order(0))).toEqual({ status: 'REJECT' });
  });

  it('must be a topic’s name', async () => {
    await expect(start(new Error(), { deadLetter: 'no topic' })).rejects.toThrow(/Failing.fail: deadLetter: /);
  });
});
