import {
  Controller,
  Inject,
  Injectable,
  Scope,
  UseGuards,
  UsePipes,
  type CanActivate,
  type ExecutionContext,
  type PipeTransform,
} from '@nestjs/common';
import { REQUEST } from '@nestjs/core';
import { Ctx } from '@nestjs/microservices';
import { NEVER, throwError } from 'rxjs';
import { RocketHeader, RocketMessage, RocketPayload } from '../../../lib/decorators/parameters.js';
import { DeadLetterListener, RocketListener } from '../../../lib/decorators/rocket-listener.js';
import type { ReceivedMessage } from '../../../lib/engine/index.js';
import { ReconsumeLaterException, RejectException, SuspendQueueException } from '../../../lib/transport/exceptions.js';
import { ListenerRegistry } from '../../../lib/transport/listener-registry.js';
import { RocketTemplate } from '../../../lib/transport/mq.template.js';
import { RocketRecord } from '../../../lib/transport/outgoing-message.js';
import { RocketMqClientProxy } from '../../../lib/transport/rocketmq.client-proxy.js';
import { RocketContext } from '../../../lib/transport/rocketmq.context.js';
import { RocketMqServer } from '../../../lib/transport/rocketmq.server.js';
import { Journal, type Cluster } from './cluster.js';

/** What listeners do, wherever RocketMQ is. */
export function consuming(cluster: () => Cluster): void {
  let journal: Journal;
  beforeEach(() => (journal = new Journal()));
  afterEach(() => cluster().closeApps());

  it('payloads arrive as they were sent, on controllers and providers', async () => {
    const received = new Journal<unknown>();
    @Controller()
    class OnController {
      @RocketListener('payloads', '*', 'payloads-c', { consumeFrom: 'first' })
      handle(payload: unknown) {
        received.write(payload);
      }
    }
    @Injectable()
    class OnProvider {
      @RocketListener('payloads', '*', 'payloads-p', { consumeFrom: 'first' })
      handle(payload: unknown) {
        received.write(payload);
      }
    }
    const app = await cluster().startApp({ controllers: [OnController], providers: [OnProvider] });
    const template = app.get(RocketTemplate);
    const payloads = [{ id: 1 }, 'text', '{"text":1}', Buffer.from([0, 255]), 42, null, { data: 1, pattern: 'x' }];
    for (const payload of payloads) await template.send('payloads', payload);

    const all = await received.have(2 * payloads.length);
    for (const payload of payloads)
      expect(all.filter((one) => Object.is(one, payload) || isEqual(one, payload))).toHaveLength(2);
  });

  it("a foreign producer's plain bodies arrive unchanged", async () => {
    const received = new Journal<unknown>();
    @Controller()
    class Listener {
      @RocketListener('foreign', '*', 'foreign', { consumeFrom: 'first' })
      handle(payload: unknown) {
        received.write(payload);
      }
    }
    const app = await cluster().startApp({ controllers: [Listener] });
    const engine = await app.get(RocketMqServer).unwrap();
    const producer = engine.createProducer({ group: 'foreign-producer' });
    await producer.start();
    for (const body of ['hello from Java', '{"data":{"id":1},"pattern":"p"}'])
      await producer.send({ topic: 'foreign', body: Buffer.from(body) });

    const all = await received.have(2);
    expect(all).toEqual(expect.arrayContaining(['hello from Java', { data: { id: 1 }, pattern: 'p' }]));
    await producer.stop();
  });

  it('each group gets every message; methods of one group are routed by tag', async () => {
    @Controller()
    class ByTag {
      @RocketListener('tags', 'paid', 'tags-g', { consumeFrom: 'first' })
      paid(id: number) {
        journal.write(`paid ${id}`);
      }

      @RocketListener('tags', 'lost || stolen', 'tags-g')
      gone(id: number, @Ctx() context: RocketContext) {
        journal.write(`${context.getTag() ?? ''} ${id}`);
      }

      @RocketListener(['tags', 'tags2'], '*', 'tags-all', { consumeFrom: 'first' })
      all(id: number, @Ctx() context: RocketContext) {
        journal.write(`all ${context.getTopic()} ${id}`);
      }
    }
    const app = await cluster().startApp({ controllers: [ByTag] });
    const template = app.get(RocketTemplate);
    await template.send('tags:paid', 1);
    await template.send('tags:stolen', 2);
    await template.send('tags:other', 3);
    await template.send('tags2', 4);

    const entries = await journal.have(6);
    expect([...entries].sort()).toEqual([
      'all tags 1',
      'all tags 2',
      'all tags 3',
      'all tags2 4',
      'paid 1',
      'stolen 2',
    ]);
  });

  it('whatever fails, wherever, is delivered again', async () => {
    @Injectable()
    class Guard implements CanActivate {
      canActivate(execution: ExecutionContext) {
        const isFirst = execution.switchToRpc().getContext<RocketContext>().reconsumeTimes === 0;
        const kind = execution.switchToRpc().getData<string>();
        if (isFirst && kind === 'guard throws') throw new Error(kind);
        return !(isFirst && kind === 'guard refuses');
      }
    }
    const seen = new Set<string>();
    class Pipe implements PipeTransform {
      transform(value: unknown) {
        if (value !== 'pipe' || seen.has('pipe')) return value;
        seen.add('pipe');
        throw new Error('pipe');
      }
    }
    @UseGuards(Guard)
    @Controller()
    class Failing {
      @UsePipes(Pipe)
      @RocketListener('failing', '*', 'failing', { consumeFrom: 'first', consumeTimeoutMs: 300 })
      handle(@RocketPayload() kind: string, @Ctx() context: RocketContext): unknown {
        if (context.reconsumeTimes > 0) {
          journal.write(kind);
          return;
        }
        switch (kind) {
          case 'throw':
            throw new Error(kind);
          case 'text':
            throw 'a text'; // eslint-disable-line @typescript-eslint/only-throw-error -- what is tested
          case 'promise':
            return Promise.reject(new Error(kind));
          case 'Observable':
            return throwError(() => new Error(kind));
          case 'endless Observable':
            return NEVER;
          case 'endless promise':
            return new Promise(() => undefined);
          case 'later':
            throw new ReconsumeLaterException({ delayMs: 1000 });
          case 'suspend':
            throw new SuspendQueueException({ ms: 10 });
          default:
            return undefined;
        }
      }
    }
    const app = await cluster().startApp({ controllers: [Failing] });
    const kinds = [
      'guard throws',
      'guard refuses',
      'pipe',
      'throw',
      'text',
      'promise',
      'Observable',
      'endless Observable',
      'endless promise',
      'later',
      'suspend',
    ];
    for (const kind of kinds) await app.get(RocketTemplate).send('failing', kind);

    expect([...(await journal.have(kinds.length))].sort()).toEqual([...kinds].sort());
  });

  it('a rejected message goes to the dead letters, and so does one that was tried too often', async () => {
    @Injectable()
    class Rejecting {
      @RocketListener('rejecting', '*', 'rejecting', { consumeFrom: 'first', maxReconsumeTimes: 1 })
      handle(@RocketPayload() kind: string, @RocketMessage() { reconsumeTimes }: ReceivedMessage) {
        journal.write(`${kind} ${reconsumeTimes}`);
        if (kind === 'reject') throw new RejectException('never');
        throw new Error('always');
      }

      @DeadLetterListener('rejecting')
      dead(kind: string) {
        journal.write(`dead ${kind}`);
      }
    }
    const app = await cluster().startApp({ providers: [Rejecting] });
    await app.get(RocketTemplate).send('rejecting', 'reject');
    await app.get(RocketTemplate).send('rejecting', 'retry');

    expect([...(await journal.have(5))].sort()).toEqual([
      'dead reject',
      'dead retry',
      'reject 0',
      'retry 0',
      'retry 1',
    ]);
  });

  it('an orderly listener keeps the order of a key, over failures, too', async () => {
    @Controller()
    class Orderly {
      private failed = false;

      @RocketListener('orderly', '*', 'orderly', { mode: 'orderly', consumeFrom: 'first', suspendMs: 10 })
      handle({ key, n }: { key: string; n: number }) {
        if (key === 'a' && n === 2 && !this.failed) {
          this.failed = true;
          throw new SuspendQueueException({ ms: 20 });
        }
        journal.write(`${key}${n}`);
      }
    }
    const app = await cluster().startApp({ controllers: [Orderly] });
    const template = app.get(RocketTemplate);
    for (let n = 0; n < 10; n++)
      for (const key of ['a', 'b', 'c']) await template.sendOrderly('orderly', { key, n }, key);

    const entries = await journal.have(30);
    for (const key of ['a', 'b', 'c'])
      expect(entries.filter((entry) => entry.startsWith(key))).toEqual(
        Array.from({ length: 10 }, (_, n) => `${key}${n}`),
      );
  });

  it('a batch listener gets lists, and settles them at once', async () => {
    const batches = new Journal<number[]>();
    @Controller()
    class Batches {
      @RocketListener('batches', '*', 'batches', { batch: { size: 8 }, consumeFrom: 'first' })
      handle(payloads: number[], @RocketHeader('n') headers: string[]) {
        expect(headers).toEqual(payloads.map(String));
        batches.write(payloads);
      }
    }
    const app = await cluster().createApp({ controllers: [Batches] });
    const records = Array.from({ length: 20 }, (_, n) => new RocketRecord(n, { headers: { n: String(n) } }));
    await app.get(RocketTemplate).sendBatch('batches', records);
    await app.init();

    await batches.until(() => batches.entries.flat().length === 20);
    expect(batches.entries.flat().sort((a, b) => a - b)).toEqual(records.map(({ payload }) => payload));
    expect(Math.max(...batches.entries.map(({ length }) => length))).toBe(8);
  });

  it('request scope: each message has an instance of its own', async () => {
    @Injectable({ scope: Scope.REQUEST })
    class PerMessage {
      constructor(@Inject(REQUEST) readonly request: { getContext(): RocketContext }) {}
    }
    @Injectable()
    class Scoped {
      constructor(private readonly perMessage: PerMessage) {}

      @RocketListener('scoped', '*', 'scoped', { consumeFrom: 'first' })
      handle(id: number) {
        journal.write(`${id} ${this.perMessage.request.getContext().getKeys()[0]}`);
      }
    }
    const app = await cluster().startApp({ providers: [PerMessage, Scoped] });
    await app.get(RocketTemplate).send('scoped', 1, { keys: 'k1' });
    await app.get(RocketTemplate).send('scoped', 2, { keys: 'k2' });
    expect([...(await journal.have(2))].sort()).toEqual(['1 k1', '2 k2']);
  });

  it('a broadcasting listener gets every message in every application', async () => {
    @Controller()
    class Broadcast {
      @RocketListener('broadcast', '*', 'broadcast', { model: 'broadcasting', consumeFrom: 'first' })
      handle(id: number, @Ctx() context: RocketContext) {
        journal.write(`${id} ${context.group}`);
      }
    }
    const app = await cluster().startApp({ controllers: [Broadcast] });
    const applications = cluster().isShared ? 2 : 1; // a store in memory is one application's
    if (applications === 2) await cluster().startApp({ controllers: [Broadcast] });
    await app.get(RocketTemplate).send('broadcast', 1);
    expect(await journal.have(applications)).toEqual(Array<string>(applications).fill('1 broadcast'));
  });

  it('a client proxy emits', async () => {
    @Controller()
    class Listener {
      @RocketListener('emitted', 'new', 'emitted', { consumeFrom: 'first' })
      handle(payload: { id: number }) {
        journal.write(String(payload.id));
      }
    }
    const app = await cluster().startApp({ controllers: [Listener] });
    app.get(RocketMqClientProxy).emit('emitted:new', { id: 7 });
    expect(await journal.have(1)).toEqual(['7']);
  });

  it('a paused listener takes nothing more until it is resumed; a stopped one until it is started', async () => {
    @Controller()
    class Switched {
      @RocketListener('switched', '*', 'switched', { consumeFrom: 'first', autoStartup: false })
      handle(id: number) {
        journal.write(String(id));
      }
    }
    const app = await cluster().startApp({ controllers: [Switched] });
    const registry = app.get(ListenerRegistry);
    const template = app.get(RocketTemplate);
    await template.send('switched', 1);
    expect(registry.list().map(({ state }) => state)).toEqual(['stopped']);
    expect(journal.entries).toEqual([]);
    await registry.start('switched');
    await journal.have(1);
    await registry.stop('Switched.handle');
    await template.send('switched', 2);
    expect(journal.entries).toEqual(['1']);
    await registry.start('switched');
    expect(await journal.have(2)).toEqual(['1', '2']);
  });
}

function isEqual(one: unknown, other: unknown): boolean {
  return typeof one === 'object' && typeof other === 'object' && JSON.stringify(one) === JSON.stringify(other);
}
