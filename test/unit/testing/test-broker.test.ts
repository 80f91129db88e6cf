import { Controller, type INestApplication } from '@nestjs/common';
import { Ctx, Payload } from '@nestjs/microservices';
import { Test } from '@nestjs/testing';
import { RocketListener } from '../../../lib/decorators/rocket-listener.js';
import { MqModule } from '../../../lib/mq.module.js';
import { RocketTestingModule } from '../../../lib/testing/rocket-testing.module.js';
import { TestBroker } from '../../../lib/testing/test-broker.js';
import { RocketTemplate } from '../../../lib/transport/mq.template.js';
import { RocketContext } from '../../../lib/transport/rocketmq.context.js';
import { silentApp } from '../transport/nest-app.js';

/** Also while timers are fake. */
const realNow = process.hrtime.bigint;
const handled: { what: unknown; at: number; times: number }[] = [];
let broker: TestBroker;
let app: INestApplication | undefined;
/** What the listener does. */
let handle: (payload: unknown) => unknown;

@Controller()
class Orders {
  @RocketListener('order', '*', 'points')
  onOrder(@Payload() payload: unknown, @Ctx() context: RocketContext) {
    handled.push({ what: payload, at: broker.clock.monotonic(), times: context.reconsumeTimes });
    return handle(payload);
  }
}

async function startApp(): Promise<RocketTemplate> {
  const imports = [RocketTestingModule.forRoot({ broker })];
  const module = await Test.createTestingModule({ imports, controllers: [Orders] }).compile();
  app = silentApp(module);
  await app.init();
  return app.get(RocketTemplate);
}

const suite = (): void => {
  beforeEach(async () => {
    handled.length = 0;
    handle = () => undefined;
    broker = await TestBroker.start({ seed: 7 });
  });
  afterEach(async () => {
    await app?.close();
    app = undefined;
    await broker.stop();
  });

  it('delivers what is sent', async () => {
    const template = await startApp();
    await template.send('order:paid', { id: 1 });
    await broker.settled();
    expect(handled).toEqual([{ what: { id: 1 }, at: 0, times: 0 }]);
    expect(await broker.messages('order')).toMatchObject([{ payload: { id: 1 }, tag: 'paid' }]);
    expect(await broker.messages('nothing-there')).toEqual([]);
  });

  it('delivers a delayed message at its time and all retries at theirs, and keeps the dead letter', async () => {
    const template = await startApp();
    handle = () => {
      throw new Error('never');
    };
    const begin = { real: realNow(), cpu: process.cpuUsage() };
    await template.sendDelayed('order', 'late', 7_200_000);
    await broker.advance('1h 59m 59s');
    expect(handled).toEqual([]);
    await broker.advance('1s');
    expect(handled).toEqual([{ what: 'late', at: 7_200_000, times: 0 }]);
    await broker.advance('5h');
    const realMs = Number((realNow() - begin.real) / 1_000_000n);
    const { user, system } = process.cpuUsage(begin.cpu);
    const cpuMs = Math.round((user + system) / 1000);
    console.log(`2 h of delay and 16 retries over 4 h 46 min: ${realMs} ms, ${cpuMs} ms of the processor`);
    expect(handled.map(({ times }) => times)).toEqual(Array.from({ length: 17 }, (_, times) => times));
    const pauses = handled.slice(1).map(({ at }, index) => Math.round((at - handled[index].at) / 1000));
    expect(pauses).toEqual([10, 30, 60, 120, 180, 240, 300, 360, 420, 480, 540, 600, 1200, 1800, 3600, 7200]);
    expect(await broker.deadLetters('points')).toMatchObject([{ payload: 'late' }]);
  });
};

describe('with real timers', suite);

describe('with real timers only', () => {
  beforeEach(async () => {
    handled.length = 0;
    handle = () => undefined;
    broker = await TestBroker.start({ seed: 7, patienceMs: 300 });
  });
  afterEach(async () => {
    await app?.close();
    app = undefined;
    await broker.stop();
  });

  it('waits for listeners that do something real, but not for ever', async () => {
    const template = await startApp();
    handle = () => new Promise((resolve) => setTimeout(resolve, 20));
    await template.send('order', 'slow');
    await broker.settled();
    expect(handled).toHaveLength(1);

    let release: () => void = () => undefined;
    handle = () => new Promise<void>((resolve) => (release = resolve));
    await template.send('order', 'hanging');
    await expect(broker.settled()).rejects.toThrow(
      /listeners of points have not ended within 300 ms, with [0-9A-F]{32} of order/,
    );
    release();
    await broker.settled();
  });

  it('waits once for a listener that hangs, whose message comes again when its time is over', async () => {
    await broker.stop();
    broker = await TestBroker.start({ seed: 7, patienceMs: 100 });
    const template = await startApp();
    handle = () => (handled.length === 1 ? new Promise(() => undefined) : undefined);
    await template.send('order', 'hanging');
    await broker.advance('15m'); // each of the stops on the way would take 100 ms
    await broker.advance('2h');
    expect(handled).toMatchObject([{ times: 0 }, { what: 'hanging', times: 1 }]);
    await broker.settled();
  });

  it.each(['restart', 'crash', 'power cut'] as const)('goes on where it was after a %s', async (how) => {
    await broker.stop();
    broker = await TestBroker.start({ seed: 7, broker: { flushDiskType: 'SYNC_FLUSH' } });
    const template = await startApp();
    await template.send('order', 'before');
    await template.sendDelayed('order', 'delayed', 60_000);
    await broker.settled();
    if (how === 'restart') await broker.restart();
    else await broker.crash({ powerCut: how === 'power cut' });
    await template.send('order', 'after');
    await broker.advance('1m');
    // What was consumed may come again: its progress need not have been stored.
    expect(new Set(handled.map(({ what }) => what))).toEqual(new Set(['before', 'after', 'delayed']));
    expect((await broker.messages('order')).map(({ payload }) => payload)).toEqual(['before', 'after', 'delayed']);
  });

  it('lets sends, deliveries and the disk fail', async () => {
    const template = await startApp();
    broker.failNext('send', { topic: 'order', times: 3 });
    await template.send('other', 'not concerned');
    await expect(template.send('order', 'refused')).rejects.toThrow('the test has asked for');
    await template.send('order', 'fine again');

    broker.failNext('consume', { group: 'points' });
    await template.send('order', 'fails once');
    await broker.settled();
    expect(handled.map(({ what }) => what)).toEqual(['fine again']);
    await broker.advance('10s');
    expect(handled.at(-1)).toMatchObject({ what: 'fails once', times: 1 });

    broker.failNext('disk');
    await expect(template.send('order', 'into the void')).rejects.toThrow();
    expect(() => broker.failNext('send', { times: 0 })).toThrow('times: must be a whole number from 1 on');
  });

  it('takes the place of the broker of a module that imports MqModule itself', async () => {
    const imports = [MqModule.forRoot({ engine: { type: 'remote', nameServers: ['192.0.2.1:9876'] } })];
    const builder = Test.createTestingModule({ imports, controllers: [Orders] });
    app = silentApp(await RocketTestingModule.override(builder, broker).compile());
    await app.init();
    await app.get(RocketTemplate).send('order', 'here');
    await broker.settled();
    expect(handled).toMatchObject([{ what: 'here' }]);
  });
});

describe('with fake timers', () => {
  beforeEach(() => void jest.useFakeTimers());
  afterEach(() => void jest.useRealTimers());
  suite();
});
