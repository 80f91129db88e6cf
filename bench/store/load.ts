import { mkdtempSync, rmSync } from 'node:fs';
import { open, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { NodeClock } from '../../lib/engine/platform/node-clock.js';
import { NodeFileSystem } from '../../lib/engine/platform/node-file-system.js';
import type { FileSystem } from '../../lib/engine/ports/file-system.js';
import { silentLogger } from '../../lib/engine/ports/logger.js';
import { DiskMessageStore } from '../../lib/engine/store/disk-message-store.js';
import type { MessageToStore } from '../../lib/engine/store/message-store.js';
import type { StoreOptions } from '../../lib/engine/store/store-options.js';

export const TOPIC = 'TopicBench';

/** A directory under the system's temporary one, or under `BENCH_DIR`. */
export function scratch(): { path: string; remove: () => void } {
  const path = mkdtempSync(join(process.env.BENCH_DIR ?? tmpdir(), 'nestjs-rocketmq-bench-'));
  return { path, remove: () => rmSync(path, { recursive: true, force: true }) };
}

export function openStore(
  path: string,
  options: Partial<StoreOptions>,
  fileSystem: FileSystem = new NodeFileSystem(),
): DiskMessageStore {
  return new DiskMessageStore(
    { storePathRootDir: path, enoughFreeDiskBytes: 0, diskSpaceWarningLevelRatio: 100, ...options },
    { clock: new NodeClock(), fileSystem, logger: silentLogger, storeHost: () => host },
  );
}

const host = { host: '127.0.0.1', port: 10911 };
let serial = 100_000_000;

/** A message as a broker hands it over, with the properties that it gives each. */
export function message(body: Buffer, queueId: number): MessageToStore {
  const properties = new Map([
    ['UNIQ_KEY', ''],
    ['TAGS', 'TagA'],
    ['CLUSTER', 'DefaultCluster'],
    ['MSG_REGION', 'DefaultRegion'],
    ['TRACE_ON', 'true'],
  ]);
  // Field by field, as the broker does: a literal that adds fields behind a spread has a shape of its own each time.
  return {
    topic: TOPIC,
    queueId,
    flag: 0,
    sysFlag: 0,
    bornTimestamp: 1_795_257_423_368,
    bornHost: host,
    reconsumeTimes: 0,
    preparedTransactionOffset: 0,
    body,
    properties,
  };
}

/** Lets so many senders put one message after the other. @returns messages per second */
export async function putPerSecond(
  store: DiskMessageStore,
  bytes: number,
  senders: number,
  ms: number,
): Promise<number> {
  const body = Buffer.alloc(bytes, 'x');
  const begun = performance.now();
  let count = 0;
  const send = async (sender: number): Promise<void> => {
    const sent = message(body, sender % 8); // made once: the store is measured, not its caller
    while (performance.now() - begun < ms) {
      sent.properties.set('UNIQ_KEY', `7F0000010001AABBCCDD1000${serial++}`);
      const { status } = await store.put(sent);
      if (status !== 'PUT_OK') throw new Error(status);
      count++;
    }
  };
  await Promise.all(Array.from({ length: senders }, (_, sender) => send(sender)));
  return (count / (performance.now() - begun)) * 1000;
}

/** The disk without us: one write behind the other, of `bytes` each. @returns bytes per second */
export async function rawWrite(directory: string, bytes: number, ms: number): Promise<number> {
  const path = join(directory, 'raw');
  const file = await open(path, 'w');
  const block = Buffer.alloc(bytes, 'x');
  const begun = performance.now();
  let written = 0;
  while (performance.now() - begun < ms) written += (await file.write(block, 0, bytes, written)).bytesWritten;
  const elapsed = performance.now() - begun;
  await file.close();
  await rm(path);
  return (written / elapsed) * 1000;
}

/** The disk without us: a record of 4 KiB and an fdatasync, again and again. @returns times per second */
export async function rawSync(directory: string, ms: number): Promise<number> {
  const path = join(directory, 'raw');
  const file = await open(path, 'w');
  const block = Buffer.alloc(4096, 'x');
  const begun = performance.now();
  let count = 0;
  for (; performance.now() - begun < ms; count++) {
    await file.write(block, 0, block.length, count * block.length);
    await file.datasync();
  }
  const elapsed = performance.now() - begun;
  await file.close();
  await rm(path);
  return (count / elapsed) * 1000;
}

/** Reads all files of a directory from front to back. @returns bytes per second */
export async function rawRead(paths: readonly string[]): Promise<number> {
  const block = Buffer.alloc(1024 * 1024);
  const begun = performance.now();
  let read = 0;
  for (const path of paths) {
    const file = await open(path, 'r');
    for (let at = 0; ;) {
      const { bytesRead } = await file.read(block, 0, block.length, at);
      if (bytesRead === 0) break;
      at += bytesRead;
      read += bytesRead;
    }
    await file.close();
  }
  return (read / (performance.now() - begun)) * 1000;
}
