import {
  Catch,
  Controller,
  Inject,
  Injectable,
  Module,
  ParseIntPipe,
  Scope,
  SetMetadata,
  UseFilters,
  UseGuards,
  UseInterceptors,
  UsePipes,
  type CallHandler,
  type CanActivate,
  type ExceptionFilter,
  type ExecutionContext,
  type INestApplication,
  type NestInterceptor,
  type PipeTransform,
} from '@nestjs/common';
import { APP_FILTER, APP_GUARD, APP_INTERCEPTOR, APP_PIPE, Reflector, REQUEST } from '@nestjs/core';
import { Ctx, EventPattern, MessagePattern, Payload, RpcException } from '@nestjs/microservices';
import { of, tap, throwError } from 'rxjs';
import { RocketHeader, RocketMessage, RocketPayload } from '../../../lib/decorators/parameters.js';
import { RocketListener } from '../../../lib/decorators/rocket-listener.js';
import type { ReceivedMessage } from '../../../lib/engine/index.js';
import { RejectException } from '../../../lib/transport/exceptions.js';
import { RocketContext } from '../../../lib/transport/rocketmq.context.js';
import { RocketMqServer } from '../../../lib/transport/rocketmq.server.js';
import { jsonMessage, type FakeEngine } from '../../support/fake-engine.js';
import { createApp, type AppParts } from './nest-app.js';

const SUCCESS = { status: 'SUCCESS' };
const LATER = { status: 'LATER', delayLevel: 0 };

/** What happened, in order. */
let events: string[] = [];
let lastContext: RocketContext | undefined;
let app: INestApplication | undefined;

beforeEach(() => {
  events = [];
  lastContext = undefined;
});
afterEach(async () => {
  await app?.close();
  app = undefined;
});

@Injectable()
class Helper {
  readonly name = 'helper';
}

/** Given by class reference, with a dependency. */
@Injectable()
class Guard implements CanActivate {
  constructor(private readonly helper: Helper) {}

  canActivate(execution: ExecutionContext): boolean {
    lastContext = execution.switchToRpc().getContext();
    events.push(`guard ${this.helper.name} ${execution.getType()}`);
    const payload = execution.switchToRpc().getData<{ guard?: string }>();
    if (payload.guard === 'throws') throw new Error('guard threw');
    return payload.guard !== 'refuses';
  }
}

@Injectable()
class Interceptor implements NestInterceptor {
  constructor(private readonly helper: Helper) {}

  intercept(_execution: ExecutionContext, next: CallHandler) {
    events.push(`before ${this.helper.name}`);
    return next.handle().pipe(tap(() => events.push('after')));
  }
}

@Injectable()
class Pipe implements PipeTransform {
  constructor(private readonly helper: Helper) {}

  transform(value: unknown) {
    if (typeof value !== 'object' || value === null || value instanceof RocketContext) return value;
    if ('pipe' in value) throw new Error('pipe threw');
    return { ...value, piped: this.helper.name };
  }
}

@UseGuards(Guard)
@UseInterceptors(Interceptor)
@UsePipes(Pipe)
abstract class Layers {
  /** Bound by `this` is what a listener must not lose. */
  private readonly mine = 'mine';

  @RocketListener('order', '*', 'g')
  handle(payload: { handler?: string; piped?: string }): string {
    events.push(`handler ${this.mine} ${payload.piped ?? 'unpiped'}`);
    if (payload.handler === 'throws') throw new Error('handler threw');
    return 'done';
  }
}

@Controller()
class LayeredController extends Layers {}

@Injectable()
class LayeredProvider extends Layers {}

type Mode = [name: string, parts: AppParts, connect: boolean];
const everyWay: Mode[] = [
  ['controller, started by the module', { controllers: [LayeredController] }, false],
  ['controller, started by connectMicroservice', { controllers: [LayeredController] }, true],
  ['provider, started by the module', { providers: [LayeredProvider] }, false],
  ['provider, started by connectMicroservice', { providers: [LayeredProvider] }, true],
];

async function start(parts: AppParts, connect = false): Promise<FakeEngine> {
  const created = await createApp({ ...parts, providers: [Helper, ...(parts.providers ?? [])] });
  app = created.app;
  if (connect) {
    app.connectMicroservice({ strategy: app.get(RocketMqServer) });
    await app.startAllMicroservices();
  }
  await app.init();
  return created.engine;
}

describe.each(everyWay)('%s', (_name, parts, connect) => {
  const deliver = async (payload: unknown) => {
    const engine = await start(parts, connect);
    return engine.deliver('g', jsonMessage(payload, { topic: 'order' }));
  };

  it('goes through guard, interceptor and pipe, all given by class reference', async () => {
    expect(await deliver({})).toEqual(SUCCESS);
    expect(events).toEqual(['guard helper rpc', 'before helper', 'handler mine helper', 'after']);
  });

  it.each([
    ['a guard that refuses', { guard: 'refuses' }, 'Forbidden resource'],
    ['a pipe that throws', { pipe: 1 }, 'pipe threw'],
    ['a handler that throws', { handler: 'throws' }, 'handler threw'],
  ])('%s has the message delivered again, with the original error in the context', async (_what, payload, error) => {
    expect(await deliver(payload)).toEqual(LATER);
    expect(lastContext?.error).toMatchObject({ message: error });
  });

  it('a guard that throws has the message delivered again', async () => {
    expect(await deliver({ guard: 'throws' })).toEqual(LATER);
    expect(events).toEqual(['guard helper rpc']);
  });
});

it('a microservice with the configuration of its application keeps the error of a guard, too', async () => {
  const created = await createApp({ controllers: [LayeredController], providers: [Helper] });
  app = created.app;
  app.connectMicroservice({ strategy: app.get(RocketMqServer) }, { inheritAppConfig: true });
  await app.startAllMicroservices();
  await app.init();
  expect(await created.engine.deliver('g', jsonMessage({ guard: 'throws' }, { topic: 'order' }))).toEqual(LATER);
  expect(lastContext?.error).toMatchObject({ message: 'guard threw' });
});

it.each([everyWay[0], everyWay[2]])('%s: keeps the error of a guard, too', async (_name, parts) => {
  const engine = await start(parts);
  await engine.deliver('g', jsonMessage({ guard: 'throws' }, { topic: 'order' }));
  expect(lastContext?.error).toMatchObject({ message: 'guard threw' });
});

describe.each([
  ['controllers', (host: new () => object): AppParts => ({ controllers: [host] })],
  ['providers', (host: new () => object): AppParts => ({ providers: [host] })],
])('filters of %s decide', (_name, hosting) => {
  it.each<[string, () => unknown, object]>([
    ['one that handles it acknowledges', () => of('handled'), SUCCESS],
    ['an async one without a value acknowledges', async () => undefined, SUCCESS],
    [
      'one that throws on keeps the original',
      () => throwError(() => new RejectException('by filter')),
      { status: 'REJECT' },
    ],
    ['one that turns it into another error has it delivered again', () => throwError(() => new Error('other')), LATER],
  ])('%s', async (_what, answer, outcome) => {
    @Catch()
    class Filter implements ExceptionFilter {
      catch(exception: Error): unknown {
        events.push(exception.message);
        return answer();
      }
    }
    @Controller()
    class Failing {
      @UseFilters(Filter)
      @RocketListener('order', '*', 'g')
      handle() {
        throw new Error('boom');
      }
    }
    const engine = await start(hosting(Failing));

    expect(await engine.deliver('g', jsonMessage({}, { topic: 'order' }))).toEqual(outcome);
    expect(events).toEqual(['boom']);
  });
});

it('an RpcException counts as the failure that it is', async () => {
  @Controller()
  class Failing {
    @RocketListener('order', '*', 'g')
    handle(@Ctx() context: RocketContext) {
      lastContext = context;
      throw new RpcException('refused');
    }
  }
  const engine = await start({ controllers: [Failing] });

  expect(await engine.deliver('g', jsonMessage({}, { topic: 'order' }))).toEqual(LATER);
  expect(lastContext?.error).toMatchObject({ message: 'refused' });
});

describe('enhancers that are bound globally', () => {
  @Injectable()
  class GlobalGuard implements CanActivate {
    canActivate(execution: ExecutionContext): boolean {
      events.push(`global guard ${execution.getClass().name}`);
      return true;
    }
  }
  const globally: AppParts = {
    controllers: [LayeredController],
    providers: [
      { provide: APP_GUARD, useClass: GlobalGuard },
      { provide: APP_INTERCEPTOR, useClass: Interceptor },
      { provide: APP_PIPE, useClass: Pipe },
      { provide: APP_FILTER, useValue: { catch: () => of(events.push('global filter')) } },
    ],
  };

  it('apply to listeners', async () => {
    const engine = await start(globally);

    expect(await engine.deliver('g', jsonMessage({ handler: 'throws' }, { topic: 'order' }))).toEqual(SUCCESS);
    expect(events).toEqual([
      'global guard LayeredController',
      'guard helper rpc',
      'before helper',
      'before helper',
      'handler mine helper',
      'global filter',
    ]);
  });

  it('leave them alone with globalEnhancers: false', async () => {
    const engine = await start({ ...globally, options: { globalEnhancers: false } });

    expect(await engine.deliver('g', jsonMessage({ handler: 'throws' }, { topic: 'order' }))).toEqual(LATER);
    expect(events).toEqual(['guard helper rpc', 'before helper', 'handler mine helper']);
  });

  it('set on the application before init() apply, too', async () => {
    const created = await createApp({ controllers: [LayeredController], providers: [Helper] });
    app = created.app;
    app.useGlobalGuards({ canActivate: () => events.push('global') > 0 });
    await app.init();
    await created.engine.deliver('g', jsonMessage({}, { topic: 'order' }));
    expect(events[0]).toBe('global');
  });
});

describe('request scope', () => {
  let instances = 0;
  beforeEach(() => (instances = 0));

  @Injectable({ scope: Scope.REQUEST })
  class PerMessage {
    readonly number = ++instances;

    constructor(@Inject(REQUEST) readonly request: { getData(): unknown; getContext(): RocketContext }) {}
  }

  abstract class Scoped {
    constructor(@Inject(PerMessage) private readonly perMessage: PerMessage) {}

    @UseGuards(Guard)
    @RocketListener('order', '*', 'g')
    handle(payload: { id: number; fails?: boolean }) {
      const { number, request } = this.perMessage;
      events.push(`${number}: ${payload.id} ${JSON.stringify(request.getData())} ${request.getContext().getTopic()}`);
      if (payload.fails) throw new Error('scoped threw');
    }
  }
  @Controller()
  class ScopedController extends Scoped {}
  @Injectable()
  class ScopedProvider extends Scoped {}

  it.each([
    ['controller', { controllers: [ScopedController], providers: [PerMessage] }],
    ['provider', { providers: [ScopedProvider, PerMessage] }],
  ])('%s: each message has an instance of its own', async (_name, parts) => {
    const engine = await start(parts);
    const deliver = (payload: object) => engine.deliver('g', jsonMessage(payload, { topic: 'order' }));

    expect(await deliver({ id: 1 })).toEqual(SUCCESS);
    expect(await deliver({ id: 2 })).toEqual(SUCCESS);
    expect(await deliver({ id: 3, fails: true })).toEqual(LATER);
    expect(events).toEqual([
      'guard helper rpc',
      '1: 1 {"id":1} order',
      'guard helper rpc',
      '2: 2 {"id":2} order',
      'guard helper rpc',
      '3: 3 {"id":3,"fails":true} order',
    ]);
    expect(lastContext?.error).toMatchObject({ message: 'scoped threw' });
  });

  it('a transient provider cannot listen, and the start says so', async () => {
    @Injectable({ scope: Scope.TRANSIENT })
    class Transient extends Layers {}
    await expect(start({ providers: [Transient] })).rejects.toThrow(/Layers.handle: its class is transient/);
  });
});

describe('parameters', () => {
  it('come from the message', async () => {
    let seen: unknown[] = [];
    @Controller()
    class Parameters {
      @RocketListener('order', '*', 'g')
      handle(
        @RocketHeader('trace') trace: string,
        @RocketPayload('id', ParseIntPipe) id: number,
        @RocketMessage() message: ReceivedMessage,
        @Payload() payload: unknown,
        @Ctx() context: RocketContext,
        @RocketHeader() headers: Record<string, string>,
      ) {
        seen = [trace, id, message.messageId, payload, context.getTag(), headers.trace, context.reconsumeTimes];
      }
    }
    const engine = await start({ controllers: [Parameters] });
    const given = { topic: 'order', tag: 'paid', messageId: 'M7', properties: new Map([['trace', 't1']]) };

    expect(await engine.deliver('g', jsonMessage({ id: '42' }, given))).toEqual(SUCCESS);
    expect(seen).toEqual(['t1', 42, 'M7', { id: '42' }, 'paid', 't1', 0]);
  });

  it('the first one is the payload unless it is decorated otherwise', async () => {
    const seen: unknown[] = [];
    @Controller()
    class Undecorated {
      @RocketListener('order', 'a', 'g')
      beside(payload: unknown, @Ctx() context: RocketContext) {
        seen.push([payload, context.getTag()]);
      }

      @RocketListener('order', 'b', 'g')
      behind(@Ctx() context: RocketContext, @Payload() payload: unknown) {
        seen.push([payload, context.getTag()]);
      }
    }
    const engine = await start({ controllers: [Undecorated] });
    await engine.deliver('g', jsonMessage(1, { topic: 'order', tag: 'a' }));
    await engine.deliver('g', jsonMessage(2, { topic: 'order', tag: 'b' }));
    expect(seen).toEqual([
      [1, 'a'],
      [2, 'b'],
    ]);
  });

  it('of a batch are lists', async () => {
    let seen: unknown[] = [];
    @Injectable()
    class Batches {
      @RocketListener('order', '*', 'g', { batch: { size: 10 } })
      handle(
        @RocketPayload() payloads: unknown,
        @RocketMessage() messages: ReceivedMessage[],
        @RocketHeader('n') numbers: string[],
        @Ctx() context: RocketContext,
      ) {
        seen = [payloads, messages.map(({ messageId }) => messageId), numbers, context.isBatch];
      }
    }
    const engine = await start({ providers: [Batches] });
    const message = (n: number) =>
      jsonMessage({ n }, { topic: 'order', messageId: `M${n}`, properties: new Map([['n', String(n)]]) });

    expect(await engine.deliver('g', message(1), message(2))).toEqual(SUCCESS);
    expect(seen).toEqual([[{ n: 1 }, { n: 2 }], ['M1', 'M2'], ['1', '2'], true]);
    await engine.deliver('g', message(3));
    expect(seen[0]).toEqual([{ n: 3 }]);
  });

  it('metadata of the method is there for a Reflector', async () => {
    @Injectable()
    class RolesGuard implements CanActivate {
      constructor(private readonly reflector: Reflector) {}

      canActivate(execution: ExecutionContext) {
        events.push(String(this.reflector.get('role', execution.getHandler())));
        return true;
      }
    }
    @Injectable()
    class Roles {
      @SetMetadata('role', 'admin')
      @UseGuards(RolesGuard)
      @RocketListener('order', '*', 'g')
      handle() {
        return undefined;
      }
    }
    const engine = await start({ providers: [Roles] });
    await engine.deliver('g', jsonMessage({}, { topic: 'order' }));
    expect(events).toEqual(['admin']);
  });
});

describe('which methods listen', () => {
  it('stacked decorators each count', async () => {
    @Controller()
    class Stacked {
      @RocketListener('b', 'y', 'g2')
      @RocketListener('a', 'x', 'g1')
      handle(@Ctx() context: RocketContext) {
        events.push(`${context.group} ${context.getTopic()}`);
      }
    }
    const engine = await start({ controllers: [Stacked] });
    await engine.deliver('g1', jsonMessage({}, { topic: 'a', tag: 'x' }));
    await engine.deliver('g2', jsonMessage({}, { topic: 'b', tag: 'y' }));
    expect(events).toEqual(['g1 a', 'g2 b']);
  });

  it('two groups of one topic are independent: one fails, the other goes on', async () => {
    @Controller()
    class Two {
      @RocketListener('order', '*', 'fails')
      fails() {
        throw new Error('boom');
      }

      @RocketListener('order', '*', 'works')
      works() {
        events.push('works');
      }
    }
    const engine = await start({ controllers: [Two] });
    const message = jsonMessage({}, { topic: 'order' });
    expect(await engine.deliver('fails', message)).toEqual(LATER);
    expect(await engine.deliver('works', message)).toEqual(SUCCESS);
    expect(events).toEqual(['works']);
  });

  it('methods of one group are routed by tag', async () => {
    @Controller()
    class ByTag {
      @RocketListener('order', 'paid', 'g')
      paid() {
        events.push('paid');
      }
    }
    @Injectable()
    class Rest {
      @RocketListener('order', '*', 'g')
      rest() {
        events.push('rest');
      }
    }
    const engine = await start({ controllers: [ByTag], providers: [Rest] });
    expect(engine.consumers).toHaveLength(1);
    await engine.deliver('g', jsonMessage({}, { topic: 'order', tag: 'paid' }));
    await engine.deliver('g', jsonMessage({}, { topic: 'order', tag: 'lost' }));
    expect(events).toEqual(['paid', 'rest']);
  });

  it('a provider known by several tokens listens once', async () => {
    const engine = await start({
      providers: [
        LayeredProvider,
        { provide: 'alias', useExisting: LayeredProvider },
        { provide: 'made', useFactory: (p: object) => p, inject: [LayeredProvider] },
      ],
    });
    expect(engine.consumers).toHaveLength(1);
  });

  it('what a factory makes listens as well', async () => {
    class Plain {
      @RocketListener('order', '*', 'g')
      handle() {
        events.push('plain');
      }
    }
    const engine = await start({ providers: [{ provide: 'made', useFactory: () => new Plain() }] });
    expect(await engine.deliver('g', jsonMessage({}, { topic: 'order' }))).toEqual(SUCCESS);
    expect(events).toEqual(['plain']);
  });

  it('a class provided by two modules contradicts itself, and the start says where', async () => {
    @Module({ providers: [Helper, LayeredProvider] })
    class Other {}
    await expect(start({ imports: [Other], providers: [LayeredProvider] })).rejects.toThrow(/provided by two modules/);
  });

  it("Nest's own @EventPattern and @MessagePattern listen when the connection has a default group, and only then", async () => {
    @Controller()
    class Plain {
      @EventPattern('order:paid')
      paid(@Payload() payload: unknown) {
        events.push(JSON.stringify(payload));
      }

      @MessagePattern('question')
      question() {
        return 'answer';
      }
    }
    const engine = await start({ controllers: [Plain], options: { consumerDefaults: { group: 'd' } } });
    expect(engine.consumer('d').options.subscriptions).toEqual([
      { topic: 'order', type: 'TAG', expression: 'paid' },
      { topic: 'question', type: 'TAG', expression: '*' },
    ]);
    await engine.deliver('d', jsonMessage(1, { topic: 'order', tag: 'paid' }));
    expect(events).toEqual(['1']);
    expect(engine.sent).toEqual([]);
    const properties = new Map([['CORRELATION_ID', 'c1']]);
    expect(await engine.deliver('d', jsonMessage(1, { topic: 'question', properties }))).toEqual(SUCCESS);
    expect(engine.sent).toMatchObject([{ kind: 'reply', message: { body: Buffer.from('answer') } }]);
    await app?.close();

    const without = await start({ controllers: [Plain] });
    expect(without.consumers).toHaveLength(0);
  });
});
