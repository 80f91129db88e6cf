import type { DataSource } from 'typeorm';
import type { Engine, Producer } from '../../lib/engine/index.js';
import { OutboxService, type OutboxProducer } from '../../lib/transaction/index.js';
import { TypeOrmUnitOfWork } from '../../lib/typeorm.js';
import { compare, withAim, type Result } from '../support/report.js';

const body = Buffer.alloc(1024, 'x');

/** From the end of a transaction to the broker's acknowledgement, one transaction every 10 ms or so. */
export async function delays(name: string, engine: Engine, dataSource: DataSource, quick: boolean): Promise<Result[]> {
  const count = quick ? 100 : 1_000;
  const direct = await directDelays(engine, count);
  const unitOfWork = new TypeOrmUnitOfWork(dataSource);
  const results: Result[] = [];
  for (const way of ['kick', 'polling every 100 ms'] as const) {
    const measured = await outboxDelays(engine, unitOfWork, count / (way === 'kick' ? 1 : 4), way === 'kick');
    for (const [label, part] of [
      ['p50', 0.5],
      ['p99', 0.99],
    ] as const) {
      const beside = { name: 'a send after the commit', samples: [percentile(direct, part)] };
      const result = compare(`${name}: ${label} after the commit, ${way}`, 'ms', [percentile(measured, part)], beside);
      results.push(way === 'kick' && part === 0.5 ? withAim(result, '≤ 10 ms', (median) => median <= 10) : result);
    }
  }
  return results;
}

async function outboxDelays(
  engine: Engine,
  unitOfWork: TypeOrmUnitOfWork,
  count: number,
  isKicked: boolean,
): Promise<number[]> {
  const acknowledged = new Map<string, number>();
  const watch = (producer: Producer): OutboxProducer => ({
    start: () => producer.start(),
    stop: () => producer.stop(),
    check: (message) => producer.check(message),
    newMessageId: () => producer.newMessageId(),
    sendBatch: (messages, options) => producer.sendBatch(messages, options),
    async send(message, options) {
      const result = await producer.send(message, options);
      acknowledged.set(result.messageId, performance.now());
      return result;
    },
  });
  const settings = { unitOfWork, synchronize: true, pollIntervalMs: isKicked ? 500 : 100 };
  const relay = new OutboxService({
    ...settings,
    engine: { createProducer: (given) => watch(engine.createProducer(given)) },
    producer: { group: 'delays-relay' },
  });
  // Without a relay of its own, nobody is kicked.
  const writer = new OutboxService({ ...settings, engine, producer: { group: 'delays-writer' }, relay: false });
  await relay.start();
  await writer.start();
  const committed = new Map<string, number>();
  for (let i = 0; i < count; i++) {
    const id = await (isKicked ? relay : writer).run((_, out) => Promise.resolve(out.add({ topic: 'orders', body })));
    committed.set(id, performance.now());
    await new Promise((resolve) => setTimeout(resolve, 10 + (i % 7)));
  }
  while (acknowledged.size < count) await new Promise((resolve) => setTimeout(resolve, 5));
  await writer.stop();
  await relay.stop();
  return [...committed].map(([id, at]) => Math.max(0, (acknowledged.get(id) ?? Infinity) - at));
}

async function directDelays(engine: Engine, count: number): Promise<number[]> {
  await using producer = engine.createProducer({ group: 'delays-direct' });
  await producer.start();
  const samples: number[] = [];
  for (let i = 0; i < count; i++) {
    const startedAt = performance.now();
    await producer.send({ topic: 'orders', body });
    samples.push(performance.now() - startedAt);
  }
  return samples;
}

function percentile(samples: readonly number[], part: number): number {
  const sorted = [...samples].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * part))];
}
