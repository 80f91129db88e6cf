import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { decodeRecord } from '../../lib/engine/message/message-codec.js';
import type { DiskMessageStore } from '../../lib/engine/store/disk-message-store.js';
import type { FlushDiskType } from '../../lib/engine/store/store-options.js';
import type { CompiledSources } from './compiled-sources.js';
import { openStore } from './store-fixture.js';
import { writerOptions, WRITER_QUEUES, WRITER_TOPIC } from './store-writer-options.js';

/** A process that puts messages into a store until it is killed, and what it was acknowledged. */
export class KilledWriter {
  /** The highest offset that was acknowledged, by queue; -1: none. */
  readonly acknowledged = WRITER_QUEUES.map(() => -1);
  private readonly child: ChildProcess;
  private errors = '';
  private output = '';
  private onReady: () => void = () => undefined;
  private readonly ready = new Promise<void>((resolve) => (this.onReady = resolve));
  private readonly closed: Promise<unknown>;

  constructor(sources: CompiledSources, directory: string, flushDiskType: FlushDiskType, seed: number) {
    const script = sources.pathOf('test/support/store-writer.ts');
    this.child = spawn(process.execPath, [script, directory, flushDiskType, String(seed)], {
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    this.child.stdout?.on('data', (chunk: Buffer) => this.read(chunk.toString()));
    this.child.stderr?.on('data', (chunk: Buffer) => (this.errors += chunk.toString()));
    this.closed = once(this.child, 'close');
  }

  /** Resolves when it is at work. @throws what it said when it ended before */
  async started(): Promise<void> {
    await Promise.race([this.ready, this.closed]);
    if (this.child.exitCode !== null) throw new Error(`the writer ended by itself: ${this.errors}`);
  }

  async kill(): Promise<void> {
    this.child.kill('SIGKILL');
    await this.closed;
  }

  private read(text: string): void {
    const lines = (this.output + text).split('\n');
    this.output = lines.pop() ?? '';
    for (const line of lines) {
      if (line === 'ready') {
        this.onReady();
        continue;
      }
      const [queueId, queueOffset] = line.split(' ').map(Number);
      this.acknowledged[queueId] = Math.max(this.acknowledged[queueId], queueOffset);
    }
  }
}

/**
 * Opens the store that a writer left and reads what came since `from`: where the queues ended when
 * this was last done, so that they were on the disk.
 * @returns where the queues end
 * @throws when something acknowledged is missing, or a message isn't what was put
 */
export async function checkWritten(
  directory: string,
  flushDiskType: FlushDiskType,
  acknowledged: readonly number[],
  from: readonly number[],
): Promise<number[]> {
  const store = openStore(directory, { ...writerOptions, flushDiskType });
  await store.start();
  try {
    for (const queueId of WRITER_QUEUES) {
      const end = store.maxQueueOffset(WRITER_TOPIC, queueId);
      if (end <= acknowledged[queueId] || end < from[queueId]) {
        throw new Error(
          `queue ${queueId} ends at ${end}; ${acknowledged[queueId]} was acknowledged, ${from[queueId]} read before`,
        );
      }
      await checkQueue(store, queueId, from[queueId], end);
    }
    return WRITER_QUEUES.map((queueId) => store.maxQueueOffset(WRITER_TOPIC, queueId));
  } finally {
    await store.stop();
  }
}

async function checkQueue(store: DiskMessageStore, queueId: number, from: number, end: number): Promise<void> {
  for (let queueOffset = from; queueOffset < end;) {
    const { status, records } = await store.get({ topic: WRITER_TOPIC, queueId, queueOffset, maxCount: 32 });
    if (status !== 'FOUND') throw new Error(`queue ${queueId} at ${queueOffset}: ${status}`);
    for (const bytes of records) {
      const record = decodeRecord(bytes, 0, { checkCrc: true });
      const isRight =
        record.queueOffset === queueOffset && Number(record.body.toString().split(' ')[0]) === queueOffset;
      if (!isRight) throw new Error(`queue ${queueId} at ${queueOffset} holds the message of ${record.queueOffset}`);
      queueOffset++;
    }
  }
  if (end === from) return;
  const { records } = await store.query(WRITER_TOPIC, `k${queueId}-${end - 1}`, 64, 0, Number.MAX_SAFE_INTEGER);
  if (!records.some((record) => decodeRecord(record).queueOffset === end - 1)) {
    throw new Error(`queue ${queueId} at ${end - 1} is not found by its key`);
  }
}
