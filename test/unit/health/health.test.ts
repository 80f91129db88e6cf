import { Controller, type INestApplication } from '@nestjs/common';
import { TerminusModule } from '@nestjs/terminus';
import { Test } from '@nestjs/testing';
import { RocketListener } from '../../../lib/decorators/rocket-listener.js';
import { findProblems } from '../../../lib/health/health-report.js';
import { RocketMqHealthIndicator } from '../../../lib/health/rocket-mq.health.js';
import { RocketTestingModule } from '../../../lib/testing/rocket-testing.module.js';
import { TestBroker } from '../../../lib/testing/test-broker.js';
import { VirtualClock } from '../../../lib/testing/virtual-clock.js';
import { ListenerRegistry } from '../../../lib/transport/listener-registry.js';
import { RocketTemplate } from '../../../lib/transport/mq.template.js';
import { silentApp } from '../transport/nest-app.js';

@Controller()
class Points {
  @RocketListener('order', '*', 'points', { maxReconsumeTimes: 0 })
  onOrder(payload: string) {
    if (payload === 'bad') throw new Error('no');
  }
}

let broker: TestBroker;
let app: INestApplication;
let health: RocketMqHealthIndicator;

beforeEach(async () => {
  broker = await TestBroker.start({ seed: 5, broker: { flushDiskType: 'SYNC_FLUSH' } });
  const imports = [TerminusModule, RocketTestingModule.forRoot({ broker })];
  const providers = [RocketMqHealthIndicator];
  app = silentApp(await Test.createTestingModule({ imports, providers, controllers: [Points] }).compile());
  await app.init();
  health = app.get(RocketMqHealthIndicator);
});

afterEach(async () => {
  await app.close();
  await broker.stop();
});

it('is up with what it has seen', async () => {
  expect(await health.check('mq', { maxLag: 10, maxDeadLetters: 0 })).toEqual({
    mq: {
      status: 'up',
      engine: 'embedded',
      brokers: 1,
      store: { isWriteable: true, unflushedMs: 0 },
      lag: { 'order@points': 0 },
      deadLetters: {},
    },
  });
});

it('is down when a group is too far behind', async () => {
  await app.get(ListenerRegistry).stop('points');
  for (let i = 0; i < 3; i++) await app.get(RocketTemplate).send('order', `${i}`);
  expect(await health.check('mq', { maxLag: 3 })).toMatchObject({ mq: { status: 'up' } });
  expect(await health.check('mq', { maxLag: 2 })).toMatchObject({
    mq: { status: 'down', problems: ['3 messages of order wait for group points; 2 are allowed'] },
  });
});

it('is down when there are too many dead letters', async () => {
  await app.get(RocketTemplate).send('order', 'bad');
  await broker.settled();
  expect(await health.check('mq', { maxDeadLetters: 0 })).toMatchObject({
    mq: { status: 'down', problems: ['group points has 1 dead letters; 0 are allowed'] },
  });
});

it('is down when the store has stopped', async () => {
  broker.failNext('disk');
  await expect(app.get(RocketTemplate).send('order', 'lost')).rejects.toThrow();
  const { mq } = await health.check('mq');
  expect(mq).toMatchObject({ status: 'down', store: { isWriteable: false } });
  expect(mq.problems).toEqual([expect.stringContaining('the store has stopped')]);
});

it('is down when the cluster cannot be asked, or does not answer', async () => {
  const failing = findProblems(() => Promise.reject(new Error('nobody there')), [], {});
  expect(await failing).toEqual({ facts: {}, problems: ['the cluster cannot be asked: nobody there'] });
  const clock = new VirtualClock();
  const silent = { kind: 'remote', admin: { brokers: { list: () => new Promise(() => undefined) } } };
  const waiting = findProblems(() => Promise.resolve(silent as never), [], { timeoutMs: 500 }, clock);
  await clock.advance(500);
  expect((await waiting).problems).toEqual(['the cluster has not answered within 500 ms']);
});
