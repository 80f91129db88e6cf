import { Controller } from '@nestjs/common';
import { RocketListener } from '../../../lib/decorators/rocket-listener.js';
import { RocketTemplate } from '../../../lib/transport/mq.template.js';
import { RejectException } from '../../../lib/transport/exceptions.js';
import { joinTelemetry, type Telemetry } from '../../../lib/transport/telemetry.js';
import { startApp } from './nest-app.js';

/** Writes down what it stands around. */
function witness(name: string, lines: string[]): Telemetry {
  return {
    send: async ({ kind, topic, messages }, work) => {
      lines.push(`${name} before ${kind} ${topic} ${messages.length}`);
      const result = await work();
      lines.push(`${name} after ${kind}`);
      return result;
    },
    consume: async ({ group, listener }, work) => {
      const result = await work();
      lines.push(`${name} ${group} ${listener} ${result.outcome} ${result.error instanceof Error}`);
      return result;
    },
  };
}

it('is absent when nobody watches, itself when one does, and a chain otherwise', async () => {
  const lines: string[] = [];
  const one = witness('outer', lines);
  expect(joinTelemetry([])).toBeUndefined();
  expect(joinTelemetry([one])).toBe(one);
  const joined = joinTelemetry([one, {}, witness('inner', lines)]);
  const operation = { kind: 'send', connection: 'default', topic: 't', producerGroup: 'g', messages: [] } as const;
  expect(await joined?.send?.(operation, async () => 7)).toBe(7);
  expect(lines).toEqual(['outer before send t 0', 'inner before send t 0', 'inner after send', 'outer after send']);
});

it('stands around what the template sends and what listeners come to', async () => {
  const lines: string[] = [];
  @Controller()
  class Orders {
    @RocketListener('order', '*', 'points')
    onOrder(payload: string) {
      if (payload === 'again') throw new Error('not now');
      if (payload === 'never') throw new RejectException('bad');
    }
  }
  const { app, engine } = await startApp({ controllers: [Orders], options: { telemetry: [witness('it', lines)] } });
  const template = app.get(RocketTemplate);
  await template.send('order', 'fine');
  await template.sendOneWay('order', 'fine');
  await template.sendBatch('order', ['one', 'two']);
  expect(lines.filter((line) => line.includes('before'))).toEqual([
    'it before send order 1',
    'it before oneway order 1',
    'it before batch order 2',
  ]);
  lines.length = 0;
  for (const payload of ['fine', 'again', 'never'])
    await engine.deliver('points', { topic: 'order', body: Buffer.from(payload) });
  expect(lines).toEqual([
    'it points Orders.onOrder SUCCESS false',
    'it points Orders.onOrder RETRY true',
    'it points Orders.onOrder DEAD_LETTER true',
  ]);
  await app.close();
});
