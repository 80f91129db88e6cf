import { RocketMqError, type Producer } from '../../engine/index.js';
import type { OutboxRow } from './outbox-row.js';

/** What the outbox uses of a producer. */
export type OutboxProducer = Pick<Producer, 'start' | 'stop' | 'send' | 'sendBatch' | 'check' | 'newMessageId'>;

/** What became of the rows of a batch; those in neither list were not tried. */
export interface Sendings {
  readonly sent: readonly OutboxRow[];
  readonly failed: readonly { row: OutboxRow; error: unknown }[];
}

/** Sends rows side by side, but those of a key one after the other: behind one that fails, none is tried. */
export class OutboxSender {
  /** @param producer asked for when something is to be sent */
  constructor(private readonly producer: () => Pick<OutboxProducer, 'send' | 'sendBatch'>) {}

  /** @param mayGoOn asked before each send; false ends the batch early */
  async send(rows: readonly OutboxRow[], mayGoOn: () => boolean): Promise<Sendings> {
    const sent: OutboxRow[] = [];
    const failed: { row: OutboxRow; error: unknown }[] = [];
    await Promise.all(
      chainsOf(rows).map(async (chain) => {
        for (const run of runsOf(chain)) {
          if (!mayGoOn()) return;
          const failure = await this.sendRun(run, sent);
          if (failure !== undefined) {
            failed.push(failure);
            return;
          }
        }
      }),
    );
    return { sent, failed };
  }

  /** @returns the first that failed */
  private async sendRun(run: readonly OutboxRow[], sent: OutboxRow[]) {
    if (run.length > 1) {
      try {
        await this.producer().sendBatch(run.map(({ message }) => message));
        sent.push(...run);
        return undefined;
      } catch (error) {
        // Nothing is stored, so it is found out which of them it was.
        if (isOutage(error)) return { row: run[0], error };
      }
    }
    for (const row of run) {
      try {
        await this.producer().send(row.message);
        sent.push(row);
      } catch (error) {
        return { row, error };
      }
    }
    return undefined;
  }
}

/** The cluster is out of reach or busy: no fault of the message, however often it happens. */
export function isOutage(error: unknown): boolean {
  return (
    error instanceof RocketMqError && (error.retriable ? error.code !== 'TOPIC_NOT_FOUND' : error.code === 'CLOSED')
  );
}

/** Rows of one key each, in their order; rows without a key alone. */
function chainsOf(rows: readonly OutboxRow[]): OutboxRow[][] {
  const chains: OutboxRow[][] = [];
  const byKey = new Map<string, OutboxRow[]>();
  for (const row of rows) {
    const { shardingKey } = row.message;
    let chain = shardingKey === undefined ? undefined : byKey.get(shardingKey);
    if (chain === undefined) {
      chains.push((chain = []));
      if (shardingKey !== undefined) byKey.set(shardingKey, chain);
    }
    chain.push(row);
  }
  return chains;
}

/** Neighbours that one request can carry: of one topic, none of them delayed. */
function runsOf(chain: readonly OutboxRow[]): OutboxRow[][] {
  const runs: OutboxRow[][] = [];
  for (const row of chain) {
    const run = runs.at(-1);
    if (run !== undefined && mayJoin(run[0], row)) run.push(row);
    else runs.push([row]);
  }
  return runs;
}

function mayJoin({ message: one }: OutboxRow, { message: other }: OutboxRow): boolean {
  const isDelayed = [one, other].some(({ delayLevel = 0, deliverAt }) => delayLevel > 0 || deliverAt !== undefined);
  return !isDelayed && one.topic === other.topic && (one.waitStoreOk ?? true) === (other.waitStoreOk ?? true);
}
