import { Controller, type INestApplication } from '@nestjs/common';
import { Ctx, Payload } from '@nestjs/microservices';
import { z } from 'zod';
import { EMPTY, map, Observable, of, throwError, timer } from 'rxjs';
import { Topic } from '../../../lib/decorators/topic.js';
import { RocketListener } from '../../../lib/decorators/rocket-listener.js';
import {
  ReconsumeLaterException,
  RejectException,
  SkipMessageException,
  SuspendQueueException,
} from '../../../lib/transport/exceptions.js';
import { RocketContext } from '../../../lib/transport/rocketmq.context.js';
import { RocketMqServer } from '../../../lib/transport/rocketmq.server.js';
import { jsonMessage } from '../../support/fake-engine.js';
import { startApp } from './nest-app.js';

let app: INestApplication | undefined;
afterEach(async () => {
  await app?.close();
  app = undefined;
});

async function start(parts: Parameters<typeof startApp>[0]) {
  const started = await startApp(parts);
  app = started.app;
  return started.engine;
}

const SUCCESS = { status: 'SUCCESS' };
const LATER = { status: 'LATER', delayLevel: 0 };
const REJECT = { status: 'REJECT' };

describe('what a handler comes to decides about its message', () => {
  const handlers: Record<string, () => unknown> = {};

  @Controller()
  class Orders {
    @RocketListener('order', '*', 'g')
    handle(@Payload() name: string): unknown {
      return handlers[name]();
    }
  }

  it.each<[string, () => unknown, object]>([
    ['a value', () => 1, SUCCESS],
    ['nothing', () => undefined, SUCCESS],
    ['a resolved promise', async () => 1, SUCCESS],
    ['an Observable that completes', () => of(1, 2), SUCCESS],
    ['an Observable without a value', () => EMPTY, SUCCESS],
    ['a promise of an empty Observable', async () => EMPTY, SUCCESS],
    ['an Observable that takes its time', () => timer(1), SUCCESS],
    [
      'a thrown error',
      () => {
        throw new Error('boom');
      },
      LATER,
    ],
    [
      'a thrown text',
      () => {
        throw 'boom'; // eslint-disable-line @typescript-eslint/only-throw-error -- what is tested
      },
      LATER,
    ],
    [
      'a rejected promise',
      async () => {
        throw new Error('boom');
      },
      LATER,
    ],
    ['an Observable that fails', () => throwError(() => new Error('boom')), LATER],
    [
      'an Observable that fails after a value',
      () =>
        of(1, 2).pipe(
          map((n) => {
            if (n === 2) throw new Error('boom');
          }),
        ),
      LATER,
    ],
    [
      'ReconsumeLaterException',
      () => {
        throw new ReconsumeLaterException();
      },
      LATER,
    ],
    [
      'ReconsumeLaterException with a delay',
      () => {
        throw new ReconsumeLaterException({ delayMs: 6000 });
      },
      { status: 'LATER', delayLevel: 3 },
    ],
    [
      'SuspendQueueException',
      () => {
        throw new SuspendQueueException({ ms: 1000 });
      },
      { status: 'LATER', delayLevel: 1 },
    ],
    ['RejectException', () => throwError(() => new RejectException()), REJECT],
    [
      'SkipMessageException',
      () => {
        throw new SkipMessageException();
      },
      SUCCESS,
    ],
  ])('%s', async (name, handler, outcome) => {
    handlers[name] = handler;
    const engine = await start({ controllers: [Orders] });

    expect(await engine.deliver('g', jsonMessage(name, { topic: 'order' }))).toEqual(outcome);
  });

  it('an endless Observable is unsubscribed at the deadline, and delivered again', async () => {
    let unsubscribed = 0;
    let signal: AbortSignal | undefined;
    @Controller()
    class Endless {
      @RocketListener('order', '*', 'g', { consumeTimeoutMs: 5 })
      handle(@Payload() _: unknown, @Ctx() context: RocketContext) {
        signal = context.signal;
        return new Observable(() => () => unsubscribed++);
      }
    }
    const engine = await start({ controllers: [Endless] });

    expect(await engine.deliver('g', jsonMessage({}, { topic: 'order' }))).toEqual(LATER);
    expect(unsubscribed).toBe(1);
    expect(signal?.aborted).toBe(true);
  });

  it('a deserializer replaces the codec; a body that cannot be read goes to the dead letters', async () => {
    const seen: unknown[] = [];
    @Controller()
    class Csv {
      @RocketListener('csv', '*', 'csv', {
        deserializer: (body, properties) => [properties.get('v'), ...body.toString().split(';')],
      })
      csv(line: unknown) {
        seen.push(line);
      }

      @RocketListener('json', '*', 'json')
      json(payload: unknown) {
        seen.push(payload);
      }
    }
    const engine = await start({ controllers: [Csv] });

    expect(
      await engine.deliver('csv', { topic: 'csv', body: Buffer.from('a;b'), properties: new Map([['v', '1']]) }),
    ).toEqual(SUCCESS);
    expect(await engine.deliver('json', jsonMessage(0, { topic: 'json', body: Buffer.from('{') }))).toEqual(REJECT);
    expect(seen).toEqual([['1', 'a', 'b']]);
  });

  it('a schema makes the payload, or refuses it for good', async () => {
    const seen: unknown[] = [];
    const schema = z.object({ id: z.coerce.number(), at: z.iso.datetime().optional() });
    @Controller()
    class Checked {
      @RocketListener(new Topic('one', { schema }), '*', 'one')
      one(order: unknown) {
        seen.push(order);
      }

      @RocketListener('many', '*', 'many', { schema, batch: { size: 2 } })
      many(orders: unknown) {
        seen.push(orders);
      }
    }
    const engine = await start({ controllers: [Checked] });

    expect(await engine.deliver('one', jsonMessage({ id: '7' }, { topic: 'one' }))).toEqual(SUCCESS);
    expect(await engine.deliver('one', jsonMessage({ at: 'noon' }, { topic: 'one' }))).toEqual(REJECT);
    expect(
      await engine.deliver(
        'many',
        jsonMessage({ id: 1 }, { topic: 'many' }),
        jsonMessage({ id: 2 }, { topic: 'many' }),
      ),
    ).toEqual(SUCCESS);
    expect(seen).toEqual([{ id: 7 }, [{ id: 1 }, { id: 2 }]]);
  });

  it('backoff and retryOn of the listener go before those of the connection', async () => {
    @Controller()
    class Failing {
      @RocketListener('order', 'a', 'g', { backoff: [60_000] })
      own() {
        throw new TypeError();
      }

      @RocketListener('order', 'b', 'g')
      shared() {
        throw new TypeError();
      }

      @RocketListener('order', 'c', 'g', { retryOn: (error) => !(error instanceof TypeError) })
      picky() {
        throw new TypeError();
      }

      @RocketListener('order', 'd', 'g', {
        backoff: () => {
          throw new Error('defect');
        },
      })
      broken() {
        throw new TypeError();
      }
    }
    const engine = await start({
      controllers: [Failing],
      options: { consumerDefaults: { backoff: [10_000, 30_000] } },
    });
    const deliver = (tag: string, reconsumeTimes = 0) =>
      engine.deliver('g', jsonMessage({}, { topic: 'order', tag, reconsumeTimes }));

    expect(await deliver('a')).toEqual({ status: 'LATER', delayLevel: 5 });
    expect(await deliver('b')).toEqual({ status: 'LATER', delayLevel: 3 });
    expect(await deliver('b', 1)).toEqual({ status: 'LATER', delayLevel: 4 });
    expect(await deliver('c')).toEqual(REJECT);
    expect(await deliver('d')).toEqual({ status: 'LATER' });
  });

  it('a message that no listener takes is not lost', async () => {
    @Controller()
    class Paid {
      @RocketListener('order', 'paid', 'g')
      paid() {
        return undefined;
      }
    }
    const engine = await start({ controllers: [Paid] });

    expect(await engine.deliver('g', jsonMessage({}, { topic: 'order', tag: 'lost' }))).toEqual(LATER);
  });

  it('processing hooks surround each delivery; the acknowledgement waits, whatever a hook returns', async () => {
    const events: string[] = [];
    @Controller()
    class Slow {
      @RocketListener('order', '*', 'g')
      handle(@Payload('fails') fails: boolean) {
        return timer(1).pipe(
          map(() => {
            events.push('handled');
            if (fails) throw new Error('boom');
          }),
        );
      }
    }
    const engine = await start({ controllers: [Slow] });
    const server = app!.get(RocketMqServer);
    server.setOnProcessingStartHook((_transport, _context, done) => {
      events.push('start');
      void done();
    });
    server.setOnProcessingEndHook(() => events.push('end'));

    expect(await engine.deliver('g', jsonMessage({ fails: false }, { topic: 'order' }))).toEqual(SUCCESS);
    expect(await engine.deliver('g', jsonMessage({ fails: true }, { topic: 'order' }))).toEqual(LATER);
    expect(events).toEqual(['start', 'handled', 'end', 'start', 'handled', 'end']);
  });
});

describe('the options of a listener reach its consumer', () => {
  it('all of them', async () => {
    const since = new Date(5);
    @Controller()
    class Everything {
      @RocketListener(['a', 'b'], 'x || y', 'g', {
        mode: 'orderly',
        model: 'broadcasting',
        concurrency: 3,
        pullBatchSize: 4,
        batch: { size: 5, waitMs: 100 },
        rateLimit: { messages: 10, perMs: 1000 },
        enableTrace: true,
        traceTopic: 'traces',
        maxReconsumeTimes: 6,
        suspendMs: 70,
        consumeFrom: since,
        consumeTimeoutMs: 3_600_000,
      })
      handle() {
        return undefined;
      }

      @RocketListener('c', undefined, undefined, {
        selector: { type: 'SQL92', expression: 'a > 1' },
        consumeFrom: 'first',
      })
      defaults() {
        return undefined;
      }
    }
    const engine = await start({
      controllers: [Everything],
      options: { consumerDefaults: { group: 'd', concurrency: 9 }, shutdown: { drainTimeoutMs: 8 } },
    });

    expect(engine.consumer('g').options).toMatchObject({
      group: 'g',
      subscriptions: [
        { topic: 'a', type: 'TAG', expression: 'x || y' },
        { topic: 'b', type: 'TAG', expression: 'x || y' },
      ],
      listener: { mode: 'orderly' },
      messageModel: 'BROADCASTING',
      concurrency: 3,
      pullBatchSize: 4,
      consumeMessageBatchMaxSize: 5,
      consumeMessageBatchWaitMs: 100,
      rateLimit: { messages: 10, perMs: 1000 },
      enableTrace: true,
      traceTopic: 'traces',
      maxReconsumeTimes: 6,
      suspendCurrentQueueTimeMs: 70,
      consumeFromWhere: 'CONSUME_FROM_TIMESTAMP',
      consumeTimestamp: 5,
      consumeTimeoutMs: 3_630_000,
      drainTimeoutMs: 8,
    });
    expect(engine.consumer('d').options).toMatchObject({
      subscriptions: [{ topic: 'c', type: 'SQL92', expression: 'a > 1' }],
      listener: { mode: 'concurrent' },
      messageModel: 'CLUSTERING',
      consumeFromWhere: 'CONSUME_FROM_FIRST_OFFSET',
      consumeMessageBatchMaxSize: 1,
      concurrency: 9,
    });
    expect(engine.consumer('d').options).not.toHaveProperty('pullBatchSize');
  });

  it('wrong ones are reported at the start, with the name that was meant', async () => {
    @Controller()
    class Wrong {
      @RocketListener('a', '*', 'g', { concurency: 3, batch: { size: 0 } } as object)
      handle() {
        return undefined;
      }
    }
    await expect(start({ controllers: [Wrong] })).rejects.toThrow(
      /Wrong.handle: concurency: unknown; did you mean concurrency/,
    );
  });
});
