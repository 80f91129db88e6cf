import { join } from 'node:path';
import { MAGIC_BLANK } from '../message/message-codec.js';
import type { Clock } from '../ports/clock.js';
import type { FileSystem } from '../ports/file-system.js';
import type { Logger } from '../ports/logger.js';
import { FILE_END_BYTES } from './commit-log.js';
import { DiskMessageStore } from './disk-message-store.js';
import { readStoreLayout, type StoreLayout } from './inspect.js';
import type { LogDamage } from './log-walk.js';
import { lostRecord, SMALLEST_LOST_RECORD } from './lost-record.js';
import { verifyStore, type StoreReport, type VerifyOptions } from './verify.js';

const NOWHERE = { host: '0.0.0.0', port: 0 };

export interface RepairDependencies {
  fileSystem: FileSystem;
  clock: Clock;
  logger: Logger;
}

/** What repairStore() did, or would do. */
export interface RepairReport {
  before: StoreReport;
  after: StoreReport;
  /** What was done, a sentence each. */
  done: readonly string[];
}

/**
 * Makes a damaged store one that opens: bytes of the log that are no record are replaced by one that
 * is in no queue, so that what follows can be reached; the log is cut behind its last record; queues
 * and index that don't agree are built anew. What was lost stays lost, and is named in the report.
 * The directory should be copied before.
 * @throws ConfigurationError there is no store
 * @throws StoreLockedError a broker is at work on it
 */
export async function repairStore(
  dependencies: RepairDependencies,
  directory: string,
  options: VerifyOptions = {},
): Promise<RepairReport> {
  const { fileSystem } = dependencies;
  const before = await verifyStore(fileSystem, directory, options);
  if (before.problemCount === 0) return { before, after: before, done: [] };
  const done: string[] = [];
  const layout = await readStoreLayout(fileSystem, directory);
  try {
    for (const damage of before.damages) done.push(await fillGap(layout, damage));
    await layout.log.clearFrom(before.commitLog.endOffset, { durable: true });
    await forgetDerived(fileSystem, layout, before);
  } finally {
    await layout.openFiles.closeAll();
  }
  await openAndClose(dependencies, layout, options);
  done.push('consume queues and index were built from the log');
  return { before, after: await verifyStore(fileSystem, directory, options), done };
}

/** @returns what was done */
async function fillGap({ log }: StoreLayout, { from, to, reason }: LogDamage): Promise<string> {
  const first = log.startOf(from);
  const place = `${log.pathOf(first)} at byte ${from - first}`;
  if (to === undefined) return `the log was cut at ${place}: ${reason}`;
  for (let at = from; at < to;) {
    const start = log.startOf(at);
    const end = Math.min(to, start + log.fileSize);
    await log.create(start, { durable: true }); // one that is missing between others
    await log.write(substitute(at, end, start + log.fileSize), at);
    await log.datasync(at, end);
    at = end;
  }
  return `${to - from} bytes were given up in ${place}: ${reason}`;
}

/** Makes the next start read the whole log, as after a crash of which nothing else is known. */
async function forgetDerived(fileSystem: FileSystem, { paths }: StoreLayout, report: StoreReport): Promise<void> {
  for (const path of [paths.queueManifest, `${paths.queueManifest}.bak`, paths.checkpoint])
    await fileSystem.remove(path);
  for (const { topic, queueId } of report.consumeQueues.wrong) {
    const directory = paths.queue(topic, queueId);
    for (const name of await fileSystem.list(directory)) await fileSystem.remove(join(directory, name));
  }
  const abort = await fileSystem.open(paths.abort, { create: true });
  await abort.close();
}

async function openAndClose(
  { fileSystem, clock, logger }: RepairDependencies,
  { paths, log, consumeQueueFileBytes }: StoreLayout,
  { indexSize }: VerifyOptions,
): Promise<void> {
  const sizes = {
    mappedFileSizeCommitLog: log.fileSize,
    mappedFileSizeConsumeQueue: consumeQueueFileBytes,
    ...(indexSize && { maxHashSlotNum: indexSize.slots, maxIndexNum: indexSize.entries }),
  };
  const store = new DiskMessageStore(
    { storePathRootDir: paths.root, ...sizes },
    { fileSystem, clock, logger, storeHost: () => NOWHERE },
  );
  await store.start();
  await store.stop();
}

/** What stands for the bytes of [from, to) in a file that ends at `fileEndOffset`. */
function substitute(from: number, to: number, fileEndOffset: number): Buffer[] {
  if (to < fileEndOffset) return [lostRecord(from, to - from)];
  const recordBytes = to - from - FILE_END_BYTES;
  if (recordBytes < SMALLEST_LOST_RECORD) return [fileEnd(to - from)];
  return [lostRecord(from, recordBytes), fileEnd(FILE_END_BYTES)];
}

function fileEnd(left: number): Buffer {
  const bytes = Buffer.alloc(FILE_END_BYTES);
  bytes.writeInt32BE(left, 0);
  bytes.writeInt32BE(MAGIC_BLANK, 4);
  return bytes;
}
