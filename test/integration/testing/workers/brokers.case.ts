import { Server } from 'node:net';
import { Controller } from '@nestjs/common';
import { Test } from '@nestjs/testing';
import { RocketListener } from '../../../../lib/decorators/rocket-listener.js';
import { RocketTestingModule, TestBroker } from '../../../../lib/testing/index.js';
import { RocketTemplate } from '../../../../lib/transport/mq.template.js';
import { silentApp } from '../../../unit/transport/nest-app.js';

jest.setTimeout(60_000); // the outer test has the say

const worker = process.env.JEST_WORKER_ID ?? 'none';
const listen = jest.spyOn(Server.prototype, 'listen');

async function startOne(name: string) {
  const heard: unknown[] = [];

  @Controller()
  class Reminders {
    @RocketListener('reminder', '*', 'mailers')
    onReminder(text: string) {
      heard.push(text);
      if (text.startsWith('bad')) throw new Error('no');
    }
  }

  const broker = await TestBroker.start();
  const imports = [RocketTestingModule.forRoot({ broker })];
  const app = silentApp(await Test.createTestingModule({ imports, controllers: [Reminders] }).compile());
  await app.init();
  return { name: `${name} of worker ${worker}`, heard, broker, app, template: app.get(RocketTemplate) };
}

// The worker is in the name, where the outer test finds it.
it.each(['real', 'fake'])(
  `worker ${worker}: several brokers with %s timers know nothing of each other`,
  async (timers) => {
    if (timers === 'fake') jest.useFakeTimers();
    const all = await Promise.all(['one', 'two', 'three'].map(startOne));
    await Promise.all(
      all.map(async ({ name, template, broker }) => {
        await template.sendDelayed('reminder', `late ${name}`, 7_200_000);
        await template.send('reminder', `bad ${name}`);
        await broker.advance('5h');
      }),
    );
    for (const { name, heard, broker } of all) {
      const expected = [...Array.from({ length: 17 }, () => `bad ${name}`), `late ${name}`];
      expect([...heard].sort()).toEqual(expected);
      expect(await broker.deadLetters('mailers')).toMatchObject([{ payload: `bad ${name}` }]);
    }
    for (const { app, broker } of all) {
      await app.close();
      await broker.stop();
    }
    jest.useRealTimers();
    expect(listen).not.toHaveBeenCalled();
  },
);
