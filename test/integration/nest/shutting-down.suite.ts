import { Controller } from '@nestjs/common';
import { Ctx } from '@nestjs/microservices';
import { RocketListener } from '../../../lib/decorators/rocket-listener.js';
import { RocketTemplate } from '../../../lib/transport/mq.template.js';
import { RocketContext } from '../../../lib/transport/rocketmq.context.js';
import { Journal, type Cluster } from './cluster.js';

/** What becomes of handlers under way when their application closes, wherever RocketMQ is. */
export function shuttingDown(cluster: () => Cluster): void {
  let journal: Journal;
  beforeEach(() => (journal = new Journal()));
  afterEach(() => cluster().closeApps());

  it('closing waits for the handlers, and their messages are not delivered again', async () => {
    let finish: () => void = () => undefined;
    const work = new Promise<void>((resolve) => (finish = resolve));
    @Controller()
    class Slow {
      @RocketListener('drained', '*', 'drained', { consumeFrom: 'first' })
      async handle(id: number) {
        journal.write(`begin ${id}`);
        if (id === 1) await work;
        journal.write(`end ${id}`);
      }
    }
    const first = await cluster().startApp({ controllers: [Slow] });
    await first.get(RocketTemplate).send('drained', 1);
    await journal.have(1);
    const closed = cluster()
      .closeApps()
      .then(() => journal.write('closed'));
    await new Promise((resolve) => setImmediate(resolve));
    finish();
    await closed;
    expect(journal.entries).toEqual(['begin 1', 'end 1', 'closed']);

    const second = await cluster().startApp({ controllers: [Slow] });
    await second.get(RocketTemplate).send('drained', 2);
    await journal.until(() => journal.entries.includes('end 2'));
    expect(journal.entries).toEqual(['begin 1', 'end 1', 'closed', 'begin 2', 'end 2']);
  });

  it('a handler that does not end in time is given up; its message comes again', async () => {
    let signal: AbortSignal | undefined;
    @Controller()
    class Endless {
      @RocketListener('given-up', '*', 'given-up', { consumeFrom: 'first' })
      handle(id: number, @Ctx() context: RocketContext): unknown {
        journal.write(`begin ${id}`);
        if (journal.entries.length > 1) return undefined;
        ({ signal } = context);
        return new Promise(() => undefined);
      }
    }
    const parts = { controllers: [Endless], mq: { shutdown: { drainTimeoutMs: 20 } } };
    const first = await cluster().startApp(parts);
    await first.get(RocketTemplate).send('given-up', 1);
    await journal.have(1);
    await cluster().closeApps();
    expect(signal?.aborted).toBe(true);

    await cluster().startApp(parts);
    expect(await journal.have(2)).toEqual(['begin 1', 'begin 1']);
  });
}
