import { writeFastjson } from '../../common/fastjson.js';
import { messageQueueKey, type MessageQueue } from '../../message/message-queue.js';
import { decodeQueueOffsets, queueKey, type QueueOffset } from '../../protocol/bodies/queue-offsets.js';
import type { OffsetFile } from './offset-file.js';
import type { OffsetStore } from './offset-store.js';

const TABLE = 'offsetTable';

/**
 * In a file of this machine, for broadcasting: each consumer has its own progress. The text is that
 * of Apache's offsets.json. Source: Apache 5.3 LocalFileOffsetStore.
 */
export class LocalOffsetStore implements OffsetStore {
  private loaded?: Promise<void>;
  private readonly offsets = new Map<string, QueueOffset>();
  /** A save that has not begun yet; it takes along what is written until it does. */
  private nextSave?: Promise<void>;
  private lastSave: Promise<void> = Promise.resolve();

  constructor(private readonly file: OffsetFile) {}

  async read(queue: MessageQueue): Promise<number | undefined> {
    await this.load();
    return this.offsets.get(messageQueueKey(queue))?.offset;
  }

  async write(queue: MessageQueue, offset: number): Promise<void> {
    await this.load();
    this.offsets.set(messageQueueKey(queue), { queue, offset });
    this.nextSave ??= this.lastSave.then(
      () => this.save(),
      () => this.save(),
    );
    await this.nextSave;
  }

  private load(): Promise<void> {
    this.loaded ??= this.file.load().then((text) => {
      if (text === undefined) return;
      for (const entry of decodeQueueOffsets(TABLE, Buffer.from(text))) {
        this.offsets.set(messageQueueKey(entry.queue), entry);
      }
    });
    return this.loaded;
  }

  private save(): Promise<void> {
    this.nextSave = undefined;
    const table = new Map([...this.offsets.values()].map(({ queue, offset }) => [queueKey(queue), offset]));
    this.lastSave = this.file.save(writeFastjson({ [TABLE]: table }, { pretty: true }));
    return this.lastSave;
  }
}
