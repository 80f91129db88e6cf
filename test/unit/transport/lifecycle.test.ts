import {
  Controller,
  Injectable,
  Module,
  type INestApplication,
  type OnApplicationBootstrap,
  type OnModuleInit,
} from '@nestjs/common';
import { Payload } from '@nestjs/microservices';
import { Test } from '@nestjs/testing';
import { Subject } from 'rxjs';
import { RocketListener } from '../../../lib/decorators/rocket-listener.js';
import { ClosedError, ConfigurationError } from '../../../lib/engine/index.js';
import { MqModule } from '../../../lib/mq.module.js';
import type { MqModuleOptions, MqOptionsFactory } from '../../../lib/mq.options.js';
import { ENGINE_STARTER, rocketMqServerToken, rocketTemplateToken } from '../../../lib/tokens.js';
import { ListenerRegistry } from '../../../lib/transport/listener-registry.js';
import { RocketTemplate } from '../../../lib/transport/mq.template.js';
import { RocketMqServer } from '../../../lib/transport/rocketmq.server.js';
import { FakeEngine, jsonMessage } from '../../support/fake-engine.js';
import { createApp, silentApp } from './nest-app.js';

const SUCCESS = { status: 'SUCCESS' };

let events: string[] = [];
let apps: INestApplication[] = [];
beforeEach(() => (events = []));
afterEach(async () => {
  await Promise.all(apps.map((app) => app.close()));
  apps = [];
});

@Injectable()
class Database implements OnModuleInit, OnApplicationBootstrap {
  onModuleInit() {
    events.push('init');
  }

  onApplicationBootstrap() {
    events.push('bootstrap');
  }
}

@Controller()
class Orders {
  @RocketListener('order', '*', 'orders')
  handle(@Payload() payload: unknown) {
    events.push(`order ${JSON.stringify(payload)}`);
  }
}

async function create(parts: Parameters<typeof createApp>[0]) {
  const created = await createApp(parts);
  apps.push(created.app);
  return created;
}

const order = jsonMessage(1, { topic: 'order' });

describe('consuming begins when the application has bootstrapped', () => {
  it('by itself, in an application that does nothing for it', async () => {
    const { app, engine } = await create({ controllers: [Orders], providers: [Database] });
    expect(engine.consumers).toHaveLength(0);
    await app.init();
    expect(await engine.deliver('orders', order)).toEqual(SUCCESS);
    expect(events).toEqual(['init', 'bootstrap', 'order 1']);
  });

  it('not before the slowest bootstrap hook, that of the root module, has ended', async () => {
    const engine = new FakeEngine();
    @Module({
      imports: [MqModule.forRoot({ engine: { type: 'embedded', storeDir: 'nowhere' } })],
      controllers: [Orders],
    })
    class AppModule implements OnApplicationBootstrap {
      async onApplicationBootstrap() {
        await new Promise((resolve) => setImmediate(resolve));
        events.push(`root, ${engine.consumers.length} consumers`);
      }
    }
    const module = await Test.createTestingModule({ imports: [AppModule] })
      .overrideProvider(ENGINE_STARTER)
      .useValue(engine.starter)
      .compile();
    const app = silentApp(module);
    apps.push(app);
    await app.init();
    expect(events).toEqual(['root, 0 consumers']);
    expect(engine.consumers).toHaveLength(1);
  });

  it('in a hybrid application that starts its microservices before init()', async () => {
    const { app, engine } = await create({ controllers: [Orders], providers: [Database] });
    app.connectMicroservice({ strategy: app.get(RocketMqServer) });
    await app.startAllMicroservices();
    expect(engine.consumers).toHaveLength(0);
    await app.init();
    expect(await engine.deliver('orders', order)).toEqual(SUCCESS);
    expect(engine.consumers).toHaveLength(1);
  });

  it('in a hybrid application that starts its microservices later, then', async () => {
    const { app, engine } = await create({ controllers: [Orders] });
    app.connectMicroservice({ strategy: app.get(RocketMqServer) });
    await app.init();
    expect(engine.consumers).toHaveLength(0);
    await app.startAllMicroservices();
    expect(await engine.deliver('orders', order)).toEqual(SUCCESS);
  });

  it('once, although deferInitialization runs the bootstrap hooks twice; enhancers of the microservice apply', async () => {
    const { app, engine } = await create({ controllers: [Orders], providers: [Database] });
    const microservice = app.connectMicroservice({ strategy: app.get(RocketMqServer) }, { deferInitialization: true });
    microservice.useGlobalGuards({ canActivate: () => events.push('guard') > 0 });
    await app.startAllMicroservices();
    await app.init();
    expect(events.filter((event) => event === 'bootstrap')).toHaveLength(2);
    expect(engine.consumers).toHaveLength(1);
    expect(await engine.deliver('orders', order)).toEqual(SUCCESS);
    expect(events.slice(-2)).toEqual(['guard', 'order 1']);
  });

  it('also when connectMicroservice() comes too late: the listeners run already', async () => {
    const { app, engine } = await create({ controllers: [Orders] });
    await app.init();
    app.connectMicroservice({ strategy: app.get(RocketMqServer) });
    await app.startAllMicroservices();
    expect(engine.consumers).toHaveLength(1);
    expect(await engine.deliver('orders', order)).toEqual(SUCCESS);
  });

  it('in an application of microservices only', async () => {
    const engine = new FakeEngine();
    const module = await Test.createTestingModule({
      imports: [MqModule.forRoot({ engine: { type: 'embedded', storeDir: 'nowhere' } })],
      controllers: [Orders],
      providers: [Database],
    })
      .overrideProvider(ENGINE_STARTER)
      .useValue(engine.starter)
      .compile();
    // eslint-disable-next-line @typescript-eslint/no-unsafe-class-instance-assignment -- Nest declares these options as a class
    const microservice = module.createNestMicroservice({ strategy: module.get(RocketMqServer), logger: false });
    await microservice.listen();
    expect(await engine.deliver('orders', order)).toEqual(SUCCESS);
    expect(events).toEqual(['init', 'bootstrap', 'order 1']);
    await microservice.close();
    expect(engine.isStopped).toBe(true);
  });
});

describe('a start that fails', () => {
  it('fails init(), and leaves no consumer behind', async () => {
    @Controller()
    class Two {
      @RocketListener('a', '*', 'works')
      works() {}

      @RocketListener('b', '*', 'fails')
      fails() {}
    }
    const { app, engine } = await create({ controllers: [Two] });
    engine.startErrors.set('fails', new Error('no route'));
    await expect(app.init()).rejects.toThrow('no route');
    expect(engine.consumers.filter(({ isRunning }) => isRunning)).toHaveLength(0);
  });

  it('of the engine fails init() with its error', async () => {
    const module = await Test.createTestingModule({
      imports: [MqModule.forRoot({ engine: { type: 'embedded', storeDir: 'nowhere' } })],
    })
      .overrideProvider(ENGINE_STARTER)
      .useValue(() => Promise.reject(new ConfigurationError('storeDir', 'is locked')))
      .compile();
    const app = silentApp(module);
    await expect(app.init()).rejects.toThrow('storeDir: is locked');
    await app.close();
  });

  it('because of wrong options is one of the module', async () => {
    const build = (options: unknown) =>
      Test.createTestingModule({ imports: [MqModule.forRoot(options as MqModuleOptions)] }).compile();
    await expect(build({ engine: { type: 'embedded', storDir: 'x' } })).rejects.toThrow(/did you mean storeDir/);
    await expect(build(undefined)).rejects.toThrow(/engine: is missing/);
  });
});

describe('shutdown', () => {
  it('waits for handlers under way, then stops consumers, then the engine', async () => {
    const work = new Subject<void>();
    @Controller()
    class Slow {
      @RocketListener('order', '*', 'orders')
      handle() {
        return work;
      }
    }
    const { app, engine } = await create({ controllers: [Slow] });
    await app.init();
    const consumer = engine.consumer('orders');
    jest.spyOn(consumer as unknown as { onStop(): Promise<void> }, 'onStop').mockImplementation(async () => {
      events.push('draining');
      await settled;
      events.push('drained');
    });
    const settled = engine.deliver('orders', order);
    const closed = app.close();
    await new Promise((resolve) => setImmediate(resolve));
    expect(events).toEqual(['draining']);
    expect(engine.isStopped).toBe(false);
    work.complete();
    await closed;
    expect(await settled).toEqual(SUCCESS);
    expect(events).toEqual(['draining', 'drained']);
    expect(engine.isStopped).toBe(true);
  });

  it('gives up on handlers when the consumer has: their messages come again', async () => {
    const work = new Subject<void>();
    @Controller()
    class Endless {
      @RocketListener('order', '*', 'orders')
      handle() {
        return work;
      }
    }
    const { app, engine } = await create({ controllers: [Endless] });
    await app.init();
    const settled = engine.deliver('orders', order);
    await app.close();
    expect(await settled).toEqual({ status: 'LATER', delayLevel: 0 });
    expect(work.observed).toBe(false);
  });

  it('comes before the databases go: consumers stop before any global module is destroyed', async () => {
    @Injectable()
    class GlobalDatabase {
      onModuleDestroy() {
        events.push(`database destroyed, ${engine.consumers[0].isStopping ? 'after' : 'before'} the consumers`);
      }
    }
    @Module({ providers: [GlobalDatabase] })
    class DatabaseModule {}
    const { app, engine } = await create({
      imports: [{ module: DatabaseModule, global: true }],
      controllers: [Orders],
    });
    await app.init();
    await app.close();
    expect(events).toEqual(['database destroyed, after the consumers']);
  });

  it('lets other modules send until the end, and nobody after it', async () => {
    @Injectable()
    class LastWords {
      constructor(private readonly template: RocketTemplate) {}

      async beforeApplicationShutdown() {
        await this.template.send('bye', 1);
      }
    }
    const { app, engine } = await create({ providers: [LastWords] });
    await app.init();
    const template = app.get(RocketTemplate);
    await app.close();
    expect(engine.sent.map(({ message }) => message.topic)).toEqual(['bye']);
    await expect(template.send('late', 1)).rejects.toThrow();
  });

  it('may come before init(), and twice', async () => {
    const { app, engine } = await create({ controllers: [Orders] });
    const template = app.get(RocketTemplate);
    await app.close();
    await app.close();
    expect(engine.consumers).toHaveLength(0);
    await expect(template.send('late', 1)).rejects.toThrow(ClosedError);
  });
});

describe('several connections and applications', () => {
  @Controller()
  class Both {
    @RocketListener('a', '*', 'first')
    first() {
      events.push('first');
    }

    @RocketListener('a', '*', 'second', { connection: 'second' })
    second() {
      events.push('second');
    }
  }

  it('two connections of one application have their own listeners, templates and servers', async () => {
    const engines: Record<string, FakeEngine> = { one: new FakeEngine(), two: new FakeEngine() };
    const module = await Test.createTestingModule({
      imports: [
        MqModule.forRoot({ engine: { type: 'embedded', storeDir: 'one' } }),
        MqModule.forRoot({ engine: { type: 'embedded', storeDir: 'two' }, connection: 'second' }),
      ],
      controllers: [Both],
    })
      .overrideProvider(ENGINE_STARTER)
      .useValue(({ storeDir }: { storeDir: string }) => Promise.resolve(engines[storeDir]))
      .compile();
    const app = silentApp(module);
    apps.push(app);
    await app.init();

    expect(engines.one.consumers.map(({ options }) => options.group)).toEqual(['first']);
    expect(engines.two.consumers.map(({ options }) => options.group)).toEqual(['second']);
    await app.get(RocketTemplate).send('a', 1);
    await app.get<RocketTemplate>(rocketTemplateToken('second')).send('b', 1);
    expect(engines.one.sent.map(({ message }) => message.topic)).toEqual(['a']);
    expect(engines.two.sent.map(({ message }) => message.topic)).toEqual(['b']);
    expect(app.get(RocketMqServer).connection).toBe('default');
    expect(app.get<RocketMqServer>(rocketMqServerToken('second')).connection).toBe('second');
  });

  it('a listener of a connection that there is not fails the start', async () => {
    @Controller()
    class Mistyped {
      @RocketListener('a', '*', 'g', { connection: 'secnd' })
      handle() {}
    }
    const second = MqModule.forRoot({ engine: { type: 'embedded', storeDir: 'two' }, connection: 'second' });
    const { app } = await create({ controllers: [Mistyped], imports: [second] });
    await expect(app.init()).rejects.toThrow(
      "Mistyped.handle: connection: no MqModule is named 'secnd'; did you mean 'second'?",
    );
  });

  it('two modules of one name fail the start', async () => {
    const again = MqModule.forRoot({ engine: { type: 'embedded', storeDir: 'two' } });
    const { app } = await create({ imports: [again] });
    await expect(app.init()).rejects.toThrow(/connection: two MqModule.forRoot\(\) are named 'default'/);
  });

  it('two applications of one process share nothing', async () => {
    const one = await create({ controllers: [Orders] });
    const two = await create({ controllers: [Orders] });
    await one.app.init();
    await two.app.init();
    await one.app.close();
    expect(one.engine.isStopped).toBe(true);
    expect(two.engine.isStopped).toBe(false);
    expect(await two.engine.deliver('orders', order)).toEqual(SUCCESS);
  });
});

describe('forRootAsync', () => {
  const options: MqModuleOptions = {
    engine: { type: 'embedded', storeDir: 'async' },
    consumerDefaults: { group: 'd' },
  };

  @Injectable()
  class Factory implements MqOptionsFactory {
    createMqOptions() {
      return options;
    }
  }
  @Module({ providers: [Factory], exports: [Factory] })
  class FactoryModule {}

  it.each([
    ['useFactory', { useFactory: async () => options }],
    [
      'useFactory with an extra provider',
      { useFactory: (o: MqModuleOptions) => o, inject: ['o'], extraProviders: [{ provide: 'o', useValue: options }] },
    ],
    ['useClass', { useClass: Factory }],
    ['useExisting', { imports: [FactoryModule], useExisting: Factory }],
  ])('%s', async (_name, how) => {
    const engine = new FakeEngine();
    let storeDir = '';
    const module = await Test.createTestingModule({ imports: [MqModule.forRootAsync(how)], controllers: [Orders] })
      .overrideProvider(ENGINE_STARTER)
      .useValue((settings: { storeDir: string }) => {
        ({ storeDir } = settings);
        return Promise.resolve(engine);
      })
      .compile();
    const app = silentApp(module);
    apps.push(app);
    await app.init();
    expect(storeDir).toBe('async');
    expect(await engine.deliver('orders', order)).toEqual(SUCCESS);
  });

  it.each([
    [true, 'is injectable in every module'],
    [false, 'is injectable where the module is imported'],
  ])('isGlobal: %p: the template %s', async (isGlobal) => {
    @Injectable()
    class Sender {
      constructor(readonly template: RocketTemplate) {}
    }
    @Module({ providers: [Sender] })
    class Feature {}
    const building = Test.createTestingModule({
      imports: [MqModule.forRootAsync({ useFactory: () => options, isGlobal }), Feature],
    }).compile();
    if (isGlobal) expect((await building).get(Sender, { strict: false }).template).toBeInstanceOf(RocketTemplate);
    else await expect(building).rejects.toThrow(/can't resolve dependencies/);
  });
});

describe('ListenerRegistry', () => {
  @Controller()
  class Switched {
    @RocketListener('a', 'x || y', 'auto', { id: 'first' })
    first() {}

    @RocketListener(['b', 'c'], '*', 'manual', { autoStartup: false })
    second() {}
  }

  it('lists, starts, stops, pauses and resumes', async () => {
    const { app, engine } = await create({ controllers: [Switched] });
    await app.init();
    const registry = app.get(ListenerRegistry);
    const states = () => registry.list().map(({ id, state }) => `${id} ${state}`);

    expect(registry.list()).toEqual([
      { id: 'first', group: 'auto', topics: ['a'], expression: 'x || y', state: 'running' },
      { id: 'Switched.second', group: 'manual', topics: ['b', 'c'], expression: '*', state: 'stopped' },
    ]);
    await registry.start('Switched.second');
    await registry.start('manual');
    registry.pause('first');
    expect(states()).toEqual(['first paused', 'Switched.second running']);
    expect(engine.consumer('auto').isPaused).toBe(true);
    registry.resume('auto');
    await registry.stop('manual');
    expect(states()).toEqual(['first running', 'Switched.second stopped']);
    expect(engine.consumer('auto').isPaused).toBe(false);
    await registry.start('manual');
    expect(engine.consumers).toHaveLength(3);
  });

  it('changes the concurrency of a running listener, and of one that starts later', async () => {
    const { app, engine } = await create({ controllers: [Switched] });
    await app.init();
    const registry = app.get(ListenerRegistry);
    await registry.setConcurrency('auto', 7);
    await registry.setConcurrency('manual', 8);
    expect(engine.consumer('auto').options.concurrency).toBe(7);
    expect(registry.list().map(({ state }) => state)).toEqual(['running', 'stopped']);
    await registry.start('manual');
    expect(engine.consumer('manual').options.concurrency).toBe(8);
    await expect(registry.setConcurrency('auto', 0)).rejects.toThrow(/concurrency: must be a whole number/);
  });

  it('says which name was meant', async () => {
    const { app } = await create({ controllers: [Switched] });
    await app.init();
    expect(() => app.get(ListenerRegistry).pause('fist')).toThrow(
      /no listener or group is named 'fist'; did you mean 'first'/,
    );
  });
});
