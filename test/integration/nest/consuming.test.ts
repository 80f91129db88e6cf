import { Controller } from '@nestjs/common';
import { Ctx } from '@nestjs/microservices';
import { RocketListener } from '../../../lib/decorators/rocket-listener.js';
import { RejectException } from '../../../lib/transport/exceptions.js';
import { RocketTemplate } from '../../../lib/transport/mq.template.js';
import { RocketContext } from '../../../lib/transport/rocketmq.context.js';
import { bothWays, Cluster, Journal } from './cluster.js';
import { consuming } from './consuming.suite.js';

jest.setTimeout(20_000);

describe.each(bothWays)('an engine reached %s', (reached) => {
  const cluster = new Cluster(reached);
  let journal: Journal;
  beforeAll(() => cluster.start());
  beforeEach(() => (journal = new Journal()));
  afterEach(() => cluster.closeApps());
  afterAll(() => cluster.stop());

  consuming(() => cluster);

  it('a delayed message is taken back, and a rejected one goes to the topic its listener names', async () => {
    @Controller()
    class Listener {
      @RocketListener('recalled', '*', 'recalled', { consumeFrom: 'first', deadLetter: 'given-up' })
      handle(payload: string): never {
        journal.write(payload);
        throw new RejectException();
      }

      @RocketListener('given-up', '*', 'given-up', { consumeFrom: 'first' })
      givenUp(payload: string, @Ctx() context: RocketContext) {
        journal.write(`${payload} of ${context.getHeader('originTopic')}`);
      }
    }
    const app = await cluster.startApp({ controllers: [Listener] });
    const template = app.get(RocketTemplate);
    const { recallHandle = '', messageId } = await template.sendDelayed('recalled', 'delayed', 2000);
    expect(await template.recall('recalled', recallHandle)).toBe(messageId);
    await template.sendDelayed('recalled', 'not taken back', 2500);
    expect(await journal.have(2)).toEqual(['not taken back', 'not taken back of recalled']);
  });

  it('a delayed message comes later', async () => {
    const arrivals = new Journal<number>();
    @Controller()
    class Listener {
      @RocketListener('delayed', '*', 'delayed', { consumeFrom: 'first' })
      handle() {
        arrivals.write(Date.now());
      }
    }
    const app = await cluster.startApp({ controllers: [Listener] });
    const template = app.get(RocketTemplate);
    const sentAt = Date.now();
    await template.sendDelayed('delayed', 1, 400);
    await template.send('delayed', 2, { delayLevel: 1 });
    const [exact, byLevel] = await arrivals.have(2);
    expect(exact - sentAt).toBeGreaterThanOrEqual(390);
    expect(exact).toBeLessThan(byLevel);
    expect(byLevel - sentAt).toBeGreaterThanOrEqual(990);
  });
});
