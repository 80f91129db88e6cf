import { CONSUME_QUEUE_ENTRY_BYTES } from '../../../../lib/engine/store/consume-queue-format.js';
import { ConsumeQueueTable } from '../../../../lib/engine/store/consume-queue-table.js';
import { OpenFiles } from '../../../../lib/engine/store/open-files.js';
import { StorePaths } from '../../../../lib/engine/store/store-paths.js';
import type { OpenFile, OpenOptions } from '../../../../lib/engine/ports/file-system.js';
import { SimulatedFileSystem } from '../../../../lib/testing/simulated-file-system.js';

/** Counts what is asked of it at the same time. */
class CountingDisk extends SimulatedFileSystem {
  most = 0;
  private running = 0;

  override async open(path: string, options?: OpenOptions): Promise<OpenFile> {
    const file = await super.open(path, options);
    return {
      read: (target, position) => file.read(target, position),
      write: (chunks, position) => this.count(file.write(chunks, position)),
      datasync: () => this.count(file.datasync()),
      truncate: (size) => file.truncate(size),
      size: () => file.size(),
      close: () => file.close(),
    };
  }

  override syncDirectory(path: string): Promise<void> {
    return this.count(super.syncDirectory(path));
  }

  private async count(work: Promise<void>): Promise<void> {
    this.most = Math.max(this.most, ++this.running);
    try {
      await work;
    } finally {
      this.running--;
    }
  }
}

it('writes and syncs many queues by half of the four threads that the log needs too', async () => {
  const disk = new CountingDisk();
  const table = new ConsumeQueueTable(
    new StorePaths('/s'),
    50 * CONSUME_QUEUE_ENTRY_BYTES,
    disk,
    new OpenFiles(disk, 100),
  );
  for (let queueId = 0; queueId < 40; queueId++) {
    table.getOrCreate('T', queueId).append(0, { physicalOffset: queueId * 100, size: 100, tagsCode: 0 });
  }

  await table.write(1);
  await table.sync();

  expect([...table.all()].every(({ isSynced }) => isSynced)).toBe(true);
  expect(disk.most).toBe(2);
});
