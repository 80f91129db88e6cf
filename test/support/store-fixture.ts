import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { decodeProperties } from '../../lib/engine/message/properties-codec.js';
import { NodeClock } from '../../lib/engine/platform/node-clock.js';
import { NodeFileSystem } from '../../lib/engine/platform/node-file-system.js';
import { silentLogger } from '../../lib/engine/ports/logger.js';
import { DiskMessageStore, type StoreDependencies } from '../../lib/engine/store/disk-message-store.js';
import type { MessageToStore } from '../../lib/engine/store/message-store.js';
import type { StoreOptions } from '../../lib/engine/store/store-options.js';

export const storeHost = { host: '127.0.0.1', port: 10911 };
const bornHost = { host: '127.0.0.1', port: 47914 };

/** Small files, so that a test gets to the end of several. */
export const smallFiles = { mappedFileSizeCommitLog: 16 * 1024, mappedFileSizeConsumeQueue: 20 * 50 };

export function messageToStore(
  topic: string,
  queueId: number,
  body: string | Buffer,
  fields: Partial<MessageToStore> = {},
): MessageToStore {
  return {
    topic,
    queueId,
    flag: 0,
    sysFlag: 0,
    bornTimestamp: 1_795_257_423_368,
    bornHost,
    reconsumeTimes: 0,
    preparedTransactionOffset: 0,
    body: typeof body === 'string' ? Buffer.from(body) : body,
    properties: new Map(),
    ...fields,
  };
}

/** Properties from `KEY=value` texts. */
export function properties(...items: string[]): MessageToStore['properties'] {
  return decodeProperties(items.map((item) => `${item.replace('=', '\x01')}\x02`).join(''));
}

/** A store on real files; closed, but not removed, by its owner. */
export function openStore(
  directory: string,
  options: Partial<StoreOptions> = {},
  dependencies: Partial<StoreDependencies> = {},
): DiskMessageStore {
  return new DiskMessageStore(
    { storePathRootDir: directory, ...options },
    {
      clock: new NodeClock(),
      fileSystem: new NodeFileSystem(),
      logger: silentLogger,
      storeHost: () => storeHost,
      ...dependencies,
    },
  );
}

/** A directory for one test, and its removal. */
export function temporaryDirectory(): { path: string; remove: () => void } {
  const path = mkdtempSync(join(tmpdir(), 'nestjs-rocketmq-store-'));
  return { path, remove: () => rmSync(path, { recursive: true, force: true }) };
}
