// Every kind of message and consumption at once, in a process of its own. Answers 'measure' and
// 'endSending' with a SoakMeasurement, 'stop' when everything has stopped.
import { setTimeout as pause } from 'node:timers/promises';
import {
  connectEngine,
  silentLogger,
  type ConcurrentListener,
  type Engine,
  type OrderlyListener,
  type ReceivedMessage,
} from '../../lib/engine/index.js';
import { processFigures, type ProcessFigures } from './process-figures.js';
import { numberOf, SoakFlow } from './soak-flow.js';

export interface SoakMeasurement extends ProcessFigures {
  /** By kind. */
  flows: Record<string, { acknowledged: number; missing: number }>;
  /** What must never be: early, out of order, although rolled back. */
  violations: string[];
  /** Calls that were refused, and the last of them. */
  refused: number;
  lastRefusal?: string;
}

const success = { status: 'SUCCESS' } as const;
const fromFirst = { consumeFromWhere: 'CONSUME_FROM_FIRST_OFFSET' } as const;
/** Consumers of SoakNormal by their place among its readers. */
const [AUDIT, RETRYING, POLLED] = [0, 1, 2];
const BATCH = 10;

class SoakLoad {
  private readonly flows = {
    normal: new SoakFlow('SoakNormal', 3),
    ordered: new SoakFlow('SoakOrdered'),
    delayed: new SoakFlow('SoakDelayed'),
    transactional: new SoakFlow('SoakTransactional'),
    batch: new SoakFlow('SoakBatch'),
    popped: new SoakFlow('SoakPopped'),
    asked: new SoakFlow('SoakAsked'),
  };
  private readonly violations: string[] = [];
  private readonly lastInQueue = new Map<number, number>();
  private readonly dueAt = new Map<number, number>();
  private refused = 0;
  private lastRefusal?: string;
  private isSending = true;
  private isOn = true;
  private sending: Promise<unknown> = Promise.resolve();
  private reading: Promise<unknown> = Promise.resolve();

  private constructor(
    private readonly engine: Engine,
    private readonly nameServers: string[],
  ) {}

  static async start(nameServers: string[]): Promise<SoakLoad> {
    const load = new SoakLoad(await connectEngine({ nameServers, logger: silentLogger }), nameServers);
    for (const { topic } of Object.values(load.flows)) {
      await load.engine.admin.topics.create(topic, { readQueueNums: 4, writeQueueNums: 4 });
    }
    await load.consume();
    load.sending = load.send();
    return load;
  }

  async measure(): Promise<SoakMeasurement> {
    const flows = Object.entries(this.flows).map(
      ([kind, flow]): [string, { acknowledged: number; missing: number }] => [
        kind,
        { acknowledged: flow.acknowledgedCount, missing: flow.missing() },
      ],
    );
    const { violations, refused, lastRefusal } = this;
    return { ...(await processFigures()), flows: Object.fromEntries(flows), violations, refused, lastRefusal };
  }

  async endSending(): Promise<void> {
    this.isSending = false;
    await this.sending;
  }

  async stop(): Promise<void> {
    this.isOn = false;
    await this.engine.stop();
    await this.reading;
  }

  private async consume(): Promise<void> {
    const { normal, ordered, delayed, transactional, batch, popped } = this.flows;
    await this.listen('audit', normal, async (messages) => {
      for (const message of messages) normal.saw(AUDIT, message);
      return success;
    });
    await this.listen('retrying', normal, async ([message]) => {
      const number = numberOf(message);
      if (number % 40 === 0 && message.reconsumeTimes === 0) return { status: 'LATER', delayLevel: 1 };
      normal.saw(RETRYING, message);
      return number % 400 === 1 ? { status: 'REJECT' } : success;
    });
    await this.listen('delayed', delayed, async ([message]) => {
      const number = numberOf(message);
      if (delayed.saw(0, message) && Date.now() < (this.dueAt.get(number) ?? 0))
        this.violations.push(`${number} early`);
      this.dueAt.delete(number);
      return success;
    });
    await this.listen('transactional', transactional, async ([message]) => {
      transactional.saw(0, message);
      if (numberOf(message) % 10 === 0) this.violations.push(`${numberOf(message)} although rolled back`);
      return success;
    });
    await this.listen('batch', batch, async ([message]) => {
      batch.saw(0, message);
      return success;
    });
    await this.listenInOrder('ordered', ordered, async ([message]) => {
      const [number, last] = [numberOf(message), this.lastInQueue.get(message.queueId) ?? -1];
      if (ordered.saw(0, message)) {
        if (number < last) this.violations.push(`${number} after ${last}`);
        this.lastInQueue.set(message.queueId, number);
      }
      return success;
    });
    await this.answer();
    this.reading = Promise.all([this.poll(normal), this.pop(popped)]);
  }

  private async listen(group: string, { topic }: SoakFlow, consume: ConcurrentListener): Promise<void> {
    const listener = { mode: 'concurrent', consume } as const;
    await this.engine.createPushConsumer({ ...fromFirst, group, subscriptions: [{ topic }], listener }).start();
  }

  private async listenInOrder(group: string, { topic }: SoakFlow, consume: OrderlyListener): Promise<void> {
    const listener = { mode: 'orderly', consume } as const;
    await this.engine.createPushConsumer({ ...fromFirst, group, subscriptions: [{ topic }], listener }).start();
  }

  private async answer(): Promise<void> {
    const replier = this.engine.createProducer({ group: 'repliers' });
    await replier.start();
    await this.listen('answering', this.flows.asked, async ([message]) => {
      this.flows.asked.saw(0, message);
      await this.attempt(() => replier.reply(message, { body: message.body }));
      return success;
    });
  }

  private async poll(flow: SoakFlow): Promise<void> {
    const consumer = this.engine.createLitePullConsumer({
      ...fromFirst,
      group: 'polled',
      subscriptions: [{ topic: flow.topic }],
    });
    await consumer.start();
    for await (const message of consumer) flow.saw(POLLED, message);
  }

  /** Every twentieth comes again, because it is not acknowledged the first time. */
  private async pop(flow: SoakFlow): Promise<void> {
    const subscriptions = [{ topic: flow.topic }];
    const consumer = this.engine.createPopConsumer({
      ...fromFirst,
      group: 'popping',
      subscriptions,
      invisibleTimeMs: 5000,
    });
    await consumer.start();
    const take = async (message: ReceivedMessage): Promise<void> => {
      if (numberOf(message) % 20 === 0 && message.reconsumeTimes === 0) return;
      await consumer.ack(message);
      flow.saw(0, message);
    };
    while (this.isOn) {
      await this.attempt(async () => {
        for (const message of await consumer.pop({ timeoutMs: 1000 })) await take(message);
      });
    }
  }

  private async send(): Promise<void> {
    const { normal, ordered, delayed, batch, popped, asked } = this.flows;
    const producer = this.engine.createProducer({ group: 'senders' });
    await producer.start();
    await Promise.all([
      this.every(20, async () => {
        const number = normal.take();
        await producer.send(normal.message(number));
        normal.promise(number);
      }),
      this.every(30, async () => {
        const number = ordered.take();
        await producer.send(ordered.message(number), { selectQueue: (queues) => queues[number % queues.length] });
        ordered.promise(number);
      }),
      this.every(100, async () => {
        const number = delayed.take();
        const dueAt = Date.now() + (number % 2 === 0 ? 1000 : 2500);
        const delay = number % 2 === 0 ? { delayLevel: 1 } : { deliverAt: dueAt };
        this.dueAt.set(number, dueAt);
        await producer.send({ ...delayed.message(number), ...delay });
        delayed.promise(number);
      }),
      this.every(300, async () => {
        const numbers = Array.from({ length: BATCH }, () => batch.take());
        await producer.sendBatch(numbers.map((number) => batch.message(number)));
        batch.promise(...numbers);
      }),
      this.every(50, async () => {
        const number = popped.take();
        await producer.send(popped.message(number));
        popped.promise(number);
      }),
      this.every(100, async () => {
        const number = asked.take();
        const reply = await producer.request(asked.message(number), { timeoutMs: 10_000 });
        if (numberOf(reply) !== number) this.violations.push(`${number} answered with ${numberOf(reply)}`);
        asked.promise(number);
      }),
      this.sendInTransactions(),
      this.every(2000, () => this.look(normal)),
      this.every(3000, () => this.visit(normal)),
    ]);
  }

  /** One in ten is rolled back, one in ten is left to the broker's question. */
  private async sendInTransactions(): Promise<void> {
    const flow = this.flows.transactional;
    const producer = this.engine.createTransactionProducer({
      group: 'transactional-senders',
      checker: async (message) => (numberOf(message) % 10 === 0 ? 'ROLLBACK' : 'COMMIT'),
    });
    await producer.start();
    // The broker remembers the last 50,000 outcomes: faster, that alone would fill memory for hours.
    await this.every(400, async () => {
      const number = flow.take();
      const { handle } = await producer.sendHalf(flow.message(number));
      if (number % 10 === 0) return producer.end(handle, 'ROLLBACK');
      if (number % 10 !== 1) await producer.end(handle, 'COMMIT');
      flow.promise(number);
    });
  }

  /** An operator. */
  private async look({ topic, acknowledgedCount }: SoakFlow): Promise<void> {
    const { admin } = this.engine;
    await admin.offsets.progress('audit', topic);
    await admin.messages.byKey(topic, `${topic}-${Math.max(0, acknowledgedCount - 100)}`);
    await admin.clients.consumers('audit');
  }

  /** A process that comes, takes over a part of a group, and goes. */
  private async visit({ topic }: SoakFlow): Promise<void> {
    await using engine = await connectEngine({ nameServers: this.nameServers, logger: silentLogger });
    const listener = { mode: 'concurrent', consume: async () => success } as const;
    const consumer = engine.createPushConsumer({ group: 'visitors', subscriptions: [{ topic }], listener });
    await consumer.start();
    await pause(1000);
    await consumer.stop();
  }

  private async every(ms: number, work: () => Promise<void>): Promise<void> {
    while (this.isSending) {
      await this.attempt(work);
      await pause(ms);
    }
  }

  private async attempt(work: () => Promise<unknown>): Promise<void> {
    try {
      await work();
    } catch (error) {
      this.refused++;
      this.lastRefusal = String(error);
    }
  }
}

async function main(nameServers: string[]): Promise<void> {
  const load = await SoakLoad.start(nameServers);
  const obey = async (command: 'measure' | 'endSending' | 'stop'): Promise<void> => {
    if (command === 'endSending') await load.endSending();
    if (command === 'stop') await load.stop();
    process.send!(command === 'stop' ? 'stopped' : await load.measure());
    if (command === 'stop') process.disconnect();
  };
  process.on('message', (command: 'measure' | 'endSending' | 'stop') => void obey(command));
  process.send!('ready');
}

if (process.send) process.once('message', (nameServers: string[]) => void main(nameServers));
