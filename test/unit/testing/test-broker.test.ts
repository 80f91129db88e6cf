import { Controller, type INestApplication } from '@nestjs/common';
import { Ctx, Payload } from '@nestjs/microservices';
import { Test } from '@nestjs/testing';
import { RocketListener } from '../../../lib/decorators/rocket-listener.js';
import { RocketTestingModule } from '../../../lib/testing/rocket-testing.module.js';
import { TestBroker } from '../../../lib/testing/test-broker.js';
import { RocketTemplate } from '../../../lib/transport/mq.template.js';
import { RocketContext } from '../../../lib/transport/rocketmq.context.js';
import { silentApp } from '../transport/nest-app.js';

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
    const begin = process.cpuUsage();
    await template.sendDelayed('order', 'late', 7_200_000);
    await broker.advance('1h 59m 59s');
    expect(handled).toEqual([]);
    await broker.advance('1s');
    expect(handled).toEqual([{ what: 'late', at: 7_200_000, times: 0 }]);
    await broker.advance('5h');
    const { user, system } = process.cpuUsage(begin);
    console.log(`2 h of delay and 16 retries over 4 h 46 min: ${Math.round((user + system) / 1000)} ms of the processor`);
    expect(handled.map(({ times }) => times)).toEqual(Array.from({ length: 17 }, (_, times) => times));
    const pauses = handled.slice(1).map(({ at }, index) => Math.round((at - handled[index].at) / 1000));
    expect(pauses).toEqual([10, 30, 60, 120, 180, 240, 300, 360, 420, 480, 540, 600, 1200, 1800, 3600, 7200]);
    expect(await broker.deadLetters('points')).toMatchObject([{ payload: 'late' }]);
  });
};

describe('with real timers', suite);

describe('with fake timers', () => {
  beforeEach(() => void jest.useFakeTimers());
  afterEach(() => void jest.useRealTimers());
  suite();
});
