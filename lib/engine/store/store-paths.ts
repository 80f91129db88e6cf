import { join } from 'node:path';

/**
 * Every name in a store directory. Those of Apache's are Apache's, so that either broker can open
 * what the other left. Source: Apache 5.3 StorePathConfigHelper.
 */
export class StorePaths {
  /** Apache's: one process at a time. */
  readonly lock: string;
  /** Apache's: there while a broker runs, so also after it was killed. */
  readonly abort: string;
  /** Apache's: times up to which files are on the disk. */
  readonly checkpoint: string;
  /** Ours: how far the consume queues are on the disk, queue by queue; see queue-manifest.ts. */
  readonly queueManifest: string;
  readonly commitLog: string;
  readonly consumeQueue: string;
  readonly index: string;
  /** The broker's tables. */
  readonly config: string;

  constructor(readonly root: string) {
    this.lock = join(root, 'lock');
    this.abort = join(root, 'abort');
    this.checkpoint = join(root, 'checkpoint');
    this.queueManifest = join(root, 'queue.manifest');
    this.commitLog = join(root, 'commitlog');
    this.consumeQueue = join(root, 'consumequeue');
    this.index = join(root, 'index');
    this.config = join(root, 'config');
  }

  topic(topic: string): string {
    return join(this.consumeQueue, topic);
  }

  queue(topic: string, queueId: number): string {
    return join(this.consumeQueue, topic, String(queueId));
  }
}

const FILE_NAME = /^\d{20}$/;

/** The name of a file that begins at `offset` of its log or queue. */
export function fileNameOf(offset: number): string {
  return String(offset).padStart(20, '0');
}

/** Undefined for a name that is no such file's. */
export function offsetOfFileName(name: string): number | undefined {
  return FILE_NAME.test(name) ? Number(name) : undefined;
}

/** A topic's name is a folder: nothing in it may lead elsewhere. Source: Apache 5.3 TopicValidator. */
export function isTopicFolder(topic: string): boolean {
  return /^[%|a-zA-Z0-9_-]{1,255}$/.test(topic);
}
