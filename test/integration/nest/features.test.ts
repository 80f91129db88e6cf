import { Controller, Injectable, Module } from '@nestjs/common';
import { InjectTopic } from '../../../lib/decorators/parameters.js';
import { RocketListener } from '../../../lib/decorators/rocket-listener.js';
import { Topic } from '../../../lib/decorators/topic.js';
import { ConfigurationError } from '../../../lib/engine/index.js';
import { MqModule } from '../../../lib/mq.module.js';
import { MqAdmin } from '../../../lib/transport/mq.admin.js';
import { RejectException } from '../../../lib/transport/exceptions.js';
import { RocketTemplate } from '../../../lib/transport/mq.template.js';
import { TopicSender } from '../../../lib/transport/topic-sender.js';
import { bothWays, Cluster, Journal } from './cluster.js';

jest.setTimeout(20_000);

interface OrderPaid {
  id: number;
}
const orderPaid = new Topic<OrderPaid>('order', { tag: 'paid' });

@Injectable()
class Orders {
  constructor(
    @InjectTopic(orderPaid) readonly paid: TopicSender<OrderPaid>,
    @InjectTopic('audit') readonly audit: TopicSender,
  ) {}
}

@Module({
  imports: [MqModule.forFeature([{ topic: orderPaid, queues: 3 }, 'audit'])],
  providers: [Orders],
  exports: [Orders],
})
class OrdersModule {}

describe.each(bothWays)('an engine reached %s', (reached) => {
  const cluster = new Cluster(reached);
  beforeAll(() => cluster.start());
  afterEach(() => cluster.closeApps());
  afterAll(() => cluster.stop());

  it('forFeature makes missing topics before listeners start, and a typed sender for each', async () => {
    const journal = new Journal<unknown>();
    @Controller()
    class Listener {
      @RocketListener(orderPaid, undefined, 'points', { mode: 'orderly', consumeFrom: 'first' })
      onPaid(order: OrderPaid) {
        journal.write(order.id);
      }

      @RocketListener('audit', '*', 'auditors', { reply: true, consumeFrom: 'first' })
      onAudit(payload: unknown) {
        journal.write(payload);
        return 'noted';
      }
    }
    const app = await cluster.startApp({ imports: [OrdersModule], controllers: [Listener] });
    const queues = await app.get(MqAdmin).topics.queues('order');
    expect(queues).toHaveLength(3);

    const { paid, audit } = app.get(Orders);
    await paid.send({ id: 1 }, { shardingKey: 'a' });
    await paid.sendOrderly({ id: 2 }, 'a');
    await paid.sendBatch([{ id: 3 }]);
    await audit.sendOneWay('one way');
    await audit.sendDelayed('later', 300);
    expect(await audit.request('asked', { timeoutMs: 10_000 })).toBe('noted');
    const seen = await journal.have(6);
    expect(seen.filter((one) => typeof one === 'number').toSorted()).toEqual([1, 2, 3]);
    expect(seen).toEqual(expect.arrayContaining(['one way', 'asked', 'later']));
  });

  it('topics that exist stay as they are', async () => {
    const before = await cluster.startApp({ imports: [OrdersModule] });
    await before.get(MqAdmin).topics.create('order', { readQueueNums: 5, writeQueueNums: 5 });
    await cluster.closeApps();
    const app = await cluster.startApp({ imports: [OrdersModule] });
    expect(await app.get(MqAdmin).topics.queues('order')).toHaveLength(5);
  });

  it('MqAdmin looks into the cluster: lag, messages by key, dead letters, and sends these again', async () => {
    const journal = new Journal();
    let isHealed = false;
    @Controller()
    class Listener {
      @RocketListener('watched', '*', 'watchers', { consumeFrom: 'first' })
      handle(payload: string) {
        if (!isHealed) throw new RejectException();
        journal.write(payload);
      }
    }
    const app = await cluster.startApp({ imports: [MqModule.forFeature(['watched'])], controllers: [Listener] });
    const admin = app.get(MqAdmin);
    const { messageId } = await app.get(RocketTemplate).send('watched', 'hello', { keys: 'k1' });
    expect((await admin.messages.byKey('watched', 'k1')).map((message) => message.messageId)).toEqual([messageId]);

    const dead = await firstDeadLetter(admin, 'watchers');
    isHealed = true;
    await admin.deadLetters.resend('watchers', dead);
    expect(await journal.have(1)).toEqual(['hello']);
    expect((await admin.offsets.progress('watchers', 'watched')).map(({ lag }) => lag)).toContain(0);
    expect(await admin.topics.names()).toEqual(expect.arrayContaining(['watched', '%DLQ%watchers']));
  });

  it('MqAdmin says so when it is used too early', async () => {
    const app = await cluster.createApp({});
    expect(() => app.get(MqAdmin).topics).toThrow(ConfigurationError);
  });
});

/** Waits for it: rejecting is not over when the listener has thrown. */
async function firstDeadLetter(admin: MqAdmin, group: string) {
  for (let attempt = 0; attempt < 100; attempt++) {
    const queues = await admin.deadLetters.queues(group).catch(() => []);
    for (const queue of queues) for await (const message of admin.deadLetters.read(queue)) return message;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error(`group ${group} has no dead letters`);
}
