import {
  Catch,
  Controller,
  Global,
  Injectable,
  Logger,
  Module,
  UseFilters,
  UseGuards,
  UseInterceptors,
  UsePipes,
  type ArgumentsHost,
  type CallHandler,
  type CanActivate,
  type ExceptionFilter,
  type ExecutionContext,
  type NestInterceptor,
  type OnModuleDestroy,
  type PipeTransform,
} from '@nestjs/common';
import { APP_GUARD } from '@nestjs/core';
import { Ctx } from '@nestjs/microservices';
import { EMPTY, of, tap, throwError } from 'rxjs';
import { DeadLetterListener, RocketListener } from '../../../lib/decorators/rocket-listener.js';
import { RocketPayload } from '../../../lib/decorators/parameters.js';
import { RocketTemplate } from '../../../lib/transport/mq.template.js';
import { RocketMqClientProxy } from '../../../lib/transport/rocketmq.client-proxy.js';
import { RocketContext } from '../../../lib/transport/rocketmq.context.js';
import { RocketMqServer } from '../../../lib/transport/rocketmq.server.js';
import { Journal, type Cluster } from './cluster.js';

/** What other transports trip over, see docs/traps.md; wherever RocketMQ is. */
export function traps(cluster: () => Cluster): void {
  let journal: Journal;
  beforeEach(() => (journal = new Journal()));
  afterEach(() => cluster().closeApps());

  it('of several listeners on one topic each has an outcome of its own', async () => {
    @Controller()
    class Siblings {
      @RocketListener('siblings', '*', 'siblings-failing', { consumeFrom: 'first' })
      failing(id: number, @Ctx() { reconsumeTimes }: RocketContext) {
        journal.write(`failing ${id} ${reconsumeTimes}`);
        if (reconsumeTimes === 0) throw new Error('at first');
      }

      @RocketListener('siblings', '*', 'siblings-empty', { consumeFrom: 'first' })
      empty(id: number) {
        journal.write(`empty ${id}`);
        return EMPTY;
      }
    }
    const app = await cluster().startApp({ controllers: [Siblings] });
    await app.get(RocketTemplate).send('siblings', 1);
    const entries = await journal.have(3);
    expect([...entries].sort()).toEqual(['empty 1', 'failing 1 0', 'failing 1 1']);
  });

  it('stacked decorators each count', async () => {
    @Controller()
    class Stacked {
      @RocketListener('stacked', 'one', 'stacked-1', { consumeFrom: 'first' })
      @RocketListener('stacked', 'two', 'stacked-2', { consumeFrom: 'first' })
      handle(id: number, @Ctx() { group }: RocketContext) {
        journal.write(`${group} ${id}`);
      }
    }
    const app = await cluster().startApp({ controllers: [Stacked] });
    await app.get(RocketTemplate).send('stacked:one', 1);
    await app.get(RocketTemplate).send('stacked:two', 2);
    expect([...(await journal.have(2))].sort()).toEqual(['stacked-1 1', 'stacked-2 2']);
  });

  it('exception filters have the last word', async () => {
    @Catch()
    class Deciding implements ExceptionFilter {
      catch(error: Error, host: ArgumentsHost): unknown {
        const { reconsumeTimes } = host.switchToRpc().getContext<RocketContext>();
        journal.write(`${error.message} ${reconsumeTimes}`);
        if (error.message === 'async void') return Promise.resolve();
        return error.message === 'of' || reconsumeTimes > 0 ? of('handled') : throwError(() => error);
      }
    }
    @UseFilters(Deciding)
    @Controller()
    class Filtered {
      @RocketListener('filtered', '*', 'filtered', { consumeFrom: 'first' })
      handle(kind: string): never {
        throw new Error(kind);
      }
    }
    const app = await cluster().startApp({ controllers: [Filtered] });
    for (const kind of ['async void', 'of', 'throwError']) await app.get(RocketTemplate).send('filtered', kind);
    const entries = await journal.have(4);
    expect([...entries].sort()).toEqual(['async void 0', 'of 0', 'throwError 0', 'throwError 1']);
  });

  it('guards, interceptors and pipes go around a handler, those of the application, too', async () => {
    const isRocket = (execution: ExecutionContext): boolean =>
      execution.switchToRpc().getContext() instanceof RocketContext;
    class Noting implements CanActivate, NestInterceptor, PipeTransform {
      canActivate(execution: ExecutionContext) {
        journal.write(`guard ${isRocket(execution)}`);
        return true;
      }
      intercept(execution: ExecutionContext, next: CallHandler) {
        journal.write(`interceptor ${isRocket(execution)}`);
        return next.handle().pipe(tap((value) => journal.write(`after ${String(value)}`)));
      }
      transform(value: unknown) {
        return typeof value === 'string' ? `piped ${value}` : value;
      }
    }
    @UseInterceptors(Noting)
    @Injectable()
    class Surrounded {
      @UsePipes(Noting)
      @RocketListener('surrounded', '*', 'surrounded', { consumeFrom: 'first' })
      handle(payload: string) {
        journal.write(payload);
        return 'done';
      }
    }
    const app = await cluster().startApp({
      providers: [Surrounded, { provide: APP_GUARD, useClass: Noting }],
    });
    await app.get(RocketTemplate).send('surrounded', 'text');
    expect(await journal.have(4)).toEqual(['guard true', 'interceptor true', 'piped text', 'after done']);
  });

  it('the error is kept as it was thrown, by a guard, a pipe or the handler', async () => {
    const contexts = new Map<string, RocketContext>();
    class Guard implements CanActivate {
      canActivate(execution: ExecutionContext) {
        const context = execution.switchToRpc().getContext<RocketContext>();
        const kind = execution.switchToRpc().getData<string>();
        if (context.reconsumeTimes > 0) return true;
        contexts.set(kind, context);
        if (kind === 'guard') throw new Error('of the guard');
        return true;
      }
    }
    class Pipe implements PipeTransform {
      transform(kind: string) {
        if (kind === 'pipe' && contexts.get(kind)?.error === undefined) throw new Error('of the pipe');
        return kind;
      }
    }
    @UseGuards(Guard)
    @Controller()
    class Failing {
      @RocketListener('original', '*', 'original', { consumeFrom: 'first' })
      handle(@RocketPayload(Pipe) kind: string, @Ctx() { reconsumeTimes }: RocketContext) {
        if (reconsumeTimes === 0) throw new Error('of the handler');
        journal.write(String(contexts.get(kind)?.error));
      }
    }
    const app = await cluster().startApp({ controllers: [Failing] });
    for (const kind of ['guard', 'pipe', 'handler']) await app.get(RocketTemplate).send('original', kind);
    const entries = await journal.have(3);
    expect([...entries].sort()).toEqual(['Error: of the guard', 'Error: of the handler', 'Error: of the pipe']);
  });

  it('guards of the whole application can be kept away from listeners', async () => {
    class ForHttp implements CanActivate {
      canActivate() {
        journal.write('asked');
        return false;
      }
    }
    @Controller()
    class Unguarded {
      @RocketListener('unguarded', '*', 'unguarded', { consumeFrom: 'first' })
      handle(payload: string) {
        journal.write(payload);
      }
    }
    const app = await cluster().startApp({
      controllers: [Unguarded],
      providers: [{ provide: APP_GUARD, useClass: ForHttp }],
      mq: { globalEnhancers: false },
    });
    await app.get(RocketTemplate).send('unguarded', 'handled');
    expect(await journal.have(1)).toEqual(['handled']);
  });

  it('the acknowledgement waits for the handler, whatever a processing hook returns', async () => {
    @Controller()
    class Hooked {
      @RocketListener('hooked', '*', 'hooked', { consumeFrom: 'first' })
      async handle(_payload: string, @Ctx() { reconsumeTimes }: RocketContext) {
        await new Promise((resolve) => setImmediate(resolve));
        journal.write(`handled ${reconsumeTimes}`);
        if (reconsumeTimes === 0) throw new Error('at first');
      }
    }
    const app = await cluster().createApp({ controllers: [Hooked] });
    const server = app.get(RocketMqServer);
    server.setOnProcessingStartHook((_transport, _context, done) => {
      journal.write('begin');
      void done();
    });
    server.setOnProcessingEndHook(() => journal.write('end'));
    await app.init();
    await app.get(RocketTemplate).send('hooked', 'x');
    expect(await journal.have(6)).toEqual(['begin', 'handled 0', 'end', 'begin', 'handled 1', 'end']);
  });

  it('a body that cannot be read goes to the dead letters, and holds up nobody', async () => {
    @Controller()
    class Reading {
      @RocketListener('unreadable', '*', 'unreadable', { consumeFrom: 'first' })
      handle(payload: unknown) {
        journal.write(JSON.stringify(payload));
      }

      @DeadLetterListener('unreadable', { deserializer: (body) => body.toString() })
      dead(body: string) {
        journal.write(`dead ${body}`);
      }
    }
    const app = await cluster().startApp({ controllers: [Reading] });
    const producer = (await app.get(RocketMqServer).unwrap()).createProducer({ group: 'unreadable-producer' });
    await producer.start();
    const properties = { contentType: 'application/json' };
    for (const body of ['{', '{"id":1}'])
      await producer.send({ topic: 'unreadable', body: Buffer.from(body), properties });
    expect([...(await journal.have(2))].sort()).toEqual(['dead {', '{"id":1}']);
    await producer.stop();
  });

  it('an emit that nobody subscribed to reports its failure', async () => {
    const app = await cluster().startApp({});
    app.useLogger({ log: noop, warn: noop, error: (sentence: string) => journal.write(sentence) });
    app.get(RocketMqClientProxy).emit('no such topic!', 1);
    const [sentence] = await journal.have(1);
    Logger.overrideLogger(false);
    expect(sentence).toMatch(/^emit failed, and nobody subscribed to it \(pattern=no such topic!, error=topic/);
  });

  it('a database of a global module outlives the handlers', async () => {
    let finish: () => void = () => undefined;
    const work = new Promise<void>((resolve) => (finish = resolve));
    @Injectable()
    class Database implements OnModuleDestroy {
      onModuleDestroy() {
        journal.write('database closed');
      }
    }
    @Global()
    @Module({ providers: [Database], exports: [Database] })
    class DatabaseModule {}
    @Controller()
    class Saving {
      @RocketListener('saving', '*', 'saving', { consumeFrom: 'first' })
      async handle() {
        journal.write('begin');
        await work;
        journal.write('saved');
      }
    }
    const app = await cluster().startApp({ controllers: [Saving], imports: [DatabaseModule] });
    await app.get(RocketTemplate).send('saving', 1);
    await journal.have(1);
    const closed = cluster().closeApps();
    await new Promise((resolve) => setImmediate(resolve));
    finish();
    await closed;
    expect(journal.entries).toEqual(['begin', 'saved', 'database closed']);
  });
}

const noop = (): void => undefined;
