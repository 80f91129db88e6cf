import { join } from 'node:path';
import { ConfigurationError } from '../common/errors.js';
import type { FileSystem } from '../ports/file-system.js';
import { CONSUME_QUEUE_ENTRY_BYTES } from './consume-queue-format.js';
import { LogFileQueue } from './log-file-queue.js';
import { OpenFiles } from './open-files.js';
import { defaultStoreOptions } from './store-options.js';
import { offsetOfFileName, StorePaths } from './store-paths.js';

/** Something in a store that is not as it should be. */
export interface StoreProblem {
  /** `error`: something that was stored is lost or wrong. `warning`: what a crash leaves, or what can be derived anew. */
  severity: 'error' | 'warning';
  file: string;
  /** Byte in `file`. */
  position?: number;
  what: string;
}

/** What is known of a store before its contents are read. */
export interface StoreLayout {
  paths: StorePaths;
  /** No abort file is there. */
  wasStoppedCleanly: boolean;
  log: LogFileQueue;
  consumeQueueFileBytes: number;
  openFiles: OpenFiles;
}

/** Counts bytes of the log that have been gone through. */
export type ProgressListener = (done: number, total: number) => void;

const MOST_OPEN_FILES = 64;

/**
 * Looks at a directory that either broker has written. Sizes of files are taken from the files.
 * @throws ConfigurationError there is no store
 */
export async function readStoreLayout(fileSystem: FileSystem, directory: string): Promise<StoreLayout> {
  const paths = new StorePaths(directory);
  const fileSize = await sizeOfFirst(fileSystem, paths.commitLog);
  if (fileSize === undefined) {
    throw new ConfigurationError('directory', `${directory} holds no store: there is no file in ${paths.commitLog}`);
  }
  const openFiles = new OpenFiles(fileSystem, MOST_OPEN_FILES);
  const log = new LogFileQueue(paths.commitLog, fileSize, fileSystem, openFiles);
  await log.look();
  const wasStoppedCleanly = (await fileSystem.status(paths.abort)) === undefined;
  return { paths, wasStoppedCleanly, log, consumeQueueFileBytes: await queueFileBytes(fileSystem, paths), openFiles };
}

/** Files of a log or queue that are missing between others, or have another size. */
export async function* flawsOf(
  fileSystem: FileSystem,
  files: LogFileQueue,
): AsyncGenerator<{ file: string; what: string }> {
  const last = files.fileStarts.at(-1) ?? 0;
  for (const start of files.fileStarts) {
    const file = files.pathOf(start);
    const size = (await fileSystem.status(file))?.size ?? 0;
    if (size !== files.fileSize) yield { file, what: `the file has ${size} bytes, others have ${files.fileSize}` };
    const next = start + files.fileSize;
    if (start < last && !files.hasFile(next))
      yield { file: files.pathOf(next), what: 'the file is missing between others' };
  }
}

async function queueFileBytes(fileSystem: FileSystem, paths: StorePaths): Promise<number> {
  for (const topic of await fileSystem.list(paths.consumeQueue)) {
    for (const queue of await fileSystem.list(paths.topic(topic))) {
      const bytes = await sizeOfFirst(fileSystem, join(paths.topic(topic), queue));
      if (bytes !== undefined && bytes % CONSUME_QUEUE_ENTRY_BYTES === 0) return bytes;
    }
  }
  return defaultStoreOptions.mappedFileSizeConsumeQueue;
}

/** Size of the first file that is named by an offset and is not empty. */
async function sizeOfFirst(fileSystem: FileSystem, directory: string): Promise<number | undefined> {
  for (const name of (await fileSystem.list(directory)).sort()) {
    if (offsetOfFileName(name) === undefined) continue;
    const size = (await fileSystem.status(join(directory, name)))?.size ?? 0;
    if (size > 0) return size;
  }
  return undefined;
}
