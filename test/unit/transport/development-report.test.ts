import { Controller } from '@nestjs/common';
import { Test } from '@nestjs/testing';
import { RocketListener } from '../../../lib/decorators/rocket-listener.js';
import type { RocketListenerOptions } from '../../../lib/decorators/metadata.js';
import { RocketTestingModule } from '../../../lib/testing/rocket-testing.module.js';
import { TestBroker } from '../../../lib/testing/test-broker.js';
import { RecordingLogger } from '../../support/simulated-store.js';
import { silentApp } from './nest-app.js';

let broker: TestBroker;
beforeEach(async () => void (broker = await TestBroker.start({ seed: 1 })));
afterEach(() => broker.stop());

/** Starts an application with one listener. @returns how it ends, and what it said */
async function start(tag: string, options: RocketListenerOptions = {}, development = true) {
  @Controller()
  class Points {
    @RocketListener('order', tag, 'points', options)
    onOrder() {
      return undefined;
    }
  }
  const logger = new RecordingLogger();
  const imports = [RocketTestingModule.forRoot({ broker, development, logging: { logger } })];
  const app = silentApp(await Test.createTestingModule({ imports, controllers: [Points] }).compile());
  await app.init();
  return { app, logger };
}

it('shows a table of the listeners, and nothing is wrong', async () => {
  const { app, logger } = await start('paid || refunded', { mode: 'orderly', concurrency: 3 });
  expect(logger.of('info')).toContainEqual(
    [
      'listeners',
      'topic  tag               group   mode     concurrency  where',
      'order  paid || refunded  points  orderly  3            Points.onOrder',
    ].join('\n'),
  );
  expect(logger.of('warn')).toEqual([]);
  await app.close();
});

it('says nothing unless it is asked to', async () => {
  const { app, logger } = await start('*', { mode: 'orderly', maxReconsumeTimes: 0 }, false);
  expect(logger.of('info').filter((line) => line.startsWith('listeners'))).toEqual([]);
  expect(logger.of('warn')).toEqual([]);
  await app.close();
});

it('warns of an orderly group that does not retry, and of a broadcasting one that wants to', async () => {
  const orderly = await start('*', { mode: 'orderly', maxReconsumeTimes: 0 });
  expect(orderly.logger.of('warn')).toEqual([expect.stringContaining('group points is orderly and never retries')]);
  await orderly.app.close();
  const broadcasting = await start('*', { model: 'broadcasting', maxReconsumeTimes: 3 });
  expect(broadcasting.logger.of('warn')).toEqual([expect.stringContaining('maxReconsumeTimes has no effect')]);
  await broadcasting.app.close();
});

it('warns of a group whose members subscribe to different things', async () => {
  const first = await start('paid || refunded');
  const same = await start('refunded || paid');
  expect(same.logger.of('warn')).toEqual([]);
  const other = await start('shipped');
  expect(other.logger.of('warn')).toEqual([
    expect.stringContaining("subscribes to order 'paid || refunded', this application to order 'shipped'"),
    expect.stringContaining('messages get lost'),
  ]);
  for (const { app } of [first, same, other]) await app.close();
});
