import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Engine } from '../../lib/engine/index.js';
import { CliRig } from './cli-rig.js';

/** The cluster of the page on the command line, and the commands that it shows. */
export class CliTranscript {
  private constructor(
    private readonly rig: CliRig,
    private readonly application: Engine,
  ) {}

  /** An application is connected: a producer of `shop`, and a consumer of `shipping` in `orders`. */
  static async start(): Promise<CliTranscript> {
    const rig = await CliRig.start();
    const application = await rig.connect();
    await application.admin.topics.create('orders', { readQueueNums: 2, writeQueueNums: 2 });
    const [queue] = await application.admin.topics.queues('orders');
    const producer = application.createProducer({ group: 'shop' });
    await producer.start();
    for (const number of [1, 2, 3]) {
      const message = {
        topic: 'orders',
        body: Buffer.from(`order ${number}`),
        tag: 'Created',
        keys: `order-${number}`,
      };
      await producer.send(message, { queue });
    }
    let consumed = 0;
    const allConsumed = new Promise<void>((resolve) => {
      const consumer = application.createPushConsumer({
        group: 'shipping',
        subscriptions: [{ topic: 'orders', expression: 'Created' }],
        consumeFromWhere: 'CONSUME_FROM_FIRST_OFFSET',
        listener: {
          mode: 'concurrent',
          consume: async (messages) => {
            consumed += messages.length;
            if (consumed === 3) resolve();
            return { status: 'SUCCESS' };
          },
        },
      });
      void consumer.start();
    });
    await allConsumed;
    await rig.clock.advance(6000); // its progress is committed every 5 s
    const files = join(rig.directory, 'files');
    mkdirSync(files);
    writeFileSync(join(files, 'topics.json'), JSON.stringify([{ topicName: 'returns' }, { topicName: 'refunds' }]));
    writeFileSync(join(files, 'groups.json'), JSON.stringify([{ groupName: 'billing', retryMaxTimes: 5 }]));
    return new CliTranscript(rig, application);
  }

  /**
   * @param line `rocketmq …` as a shell takes it; files are of a directory of the rig
   * @param isInterrupted it goes on until it has printed something
   */
  async run(line: string, { isInterrupted = false } = {}): Promise<string> {
    const [, ...words] = [...line.matchAll(/'([^']*)'|(\S+)/g)].map(([, quoted, plain]) => quoted ?? plain);
    const files = join(this.rig.directory, 'files');
    const placed = words.map((word) => word.replace(/^\.(?=\/|$)/, files));
    const { out, err } = await this.rig.run(placed, { interruptedAt: isInterrupted ? 'output' : 'start' });
    return (out + err).replaceAll(files, '.').replaceAll(this.rig.directory, '…');
  }

  async stop(): Promise<void> {
    await this.application.stop();
    await this.rig.stop();
  }
}
