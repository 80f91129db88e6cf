// A name server and a broker in a process of their own, with a log that is forgotten after half a
// minute. Answers 'measure' with its figures, 'stop' when it has stopped.
import { join } from 'node:path';
import { startBroker, startNameServer } from '../../lib/engine/index.js';
import { NodeFileSystem } from '../../lib/engine/platform/node-file-system.js';
import type { FileStatus } from '../../lib/engine/ports/file-system.js';
import { processFigures } from './process-figures.js';

const MIB = 1024 * 1024;
const KEPT_MS = 30_000;
const HOUR_MS = 3_600_000;

/** Retention counts in hours: files look older than they are, so that one is over after KEPT_MS. */
class AgingFileSystem extends NodeFileSystem {
  override async status(path: string): Promise<FileStatus | undefined> {
    const status = await super.status(path);
    return status && { ...status, modifiedAt: status.modifiedAt - HOUR_MS + KEPT_MS };
  }
}

async function main(directory: string): Promise<void> {
  const nameServer = await startNameServer({ port: 0 });
  const broker = await startBroker({
    fileSystem: new AgingFileSystem(),
    nameServers: [nameServer.address],
    settings: {
      storePathRootDir: join(directory, 'store'),
      listenPort: 0,
      mappedFileSizeCommitLog: 2 * MIB,
      mappedFileSizeConsumeQueue: 20 * 1000,
      maxHashSlotNum: 5000,
      maxIndexNum: 20_000,
      checkpointBytes: MIB,
      readCacheBytes: MIB, // full long before the first sample
      fileReservedTime: 1,
      deleteWhen: Array.from({ length: 24 }, (_, hour) => String(hour)).join(';'),
      cleanResourceInterval: 2000,
      transactionTimeOut: 1000,
      transactionCheckInterval: 2000,
    },
  });
  process.on('message', (command: 'measure' | 'stop') => {
    if (command === 'measure') void processFigures().then((figures) => process.send!(figures));
    else void stop();
  });
  const stop = async (): Promise<void> => {
    await broker.stop();
    await nameServer.stop();
    process.send!('stopped');
    process.disconnect();
  };
  process.send!(nameServer.address);
}

if (process.send) process.once('message', (directory: string) => void main(directory));
