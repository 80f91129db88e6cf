// A member of an orderly group in a process of its own. Says by messages what its listener does.
import { connectEngine, silentLogger } from '../../lib/engine/index.js';

/** `at`: milliseconds on the machine's monotonic clock, which all processes share. */
export type MemberReport =
  { kind: 'ready' } | { kind: 'begin' | 'end'; queueId: number; queueOffset: number; at: number };

/** First message to it. */
export interface MemberOrder {
  nameServers: string[];
  group: string;
  topic: string;
}

export function machineMs(): number {
  return Number(process.hrtime.bigint() / 1000n) / 1000;
}

async function main({ nameServers, group, topic }: MemberOrder): Promise<void> {
  const engine = await connectEngine({ nameServers, logger: silentLogger });
  const say = (report: MemberReport): void => void process.send!(report);
  const consumer = engine.createPushConsumer({
    group,
    subscriptions: [{ topic }],
    consumeFromWhere: 'CONSUME_FROM_FIRST_OFFSET',
    listener: {
      mode: 'orderly',
      consume: async ([{ queueId, queueOffset }]) => {
        say({ kind: 'begin', queueId, queueOffset, at: machineMs() });
        await new Promise((resolve) => setTimeout(resolve, queueOffset % 8));
        say({ kind: 'end', queueId, queueOffset, at: machineMs() });
        return { status: 'SUCCESS' };
      },
    },
  });
  await consumer.start();
  say({ kind: 'ready' });
  process.once('message', () => void engine.stop().then(() => process.disconnect()));
  process.once('disconnect', () => process.exit()); // nobody wants to know any more
}

if (process.send) process.once('message', (order: MemberOrder) => void main(order));
