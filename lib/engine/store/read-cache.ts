import type { LogFileQueue } from './log-file-queue.js';
import type { CacheFigures } from './store-figures.js';

const CHUNK_BYTES = 128 * 1024;
/** Chunks that are read by one call, and one call ahead, when somebody goes through the log. */
const LONGEST_RUN = 8;

interface Chunk {
  /** Undefined until they are read. */
  bytes?: Buffer;
  readonly read: Promise<Buffer>;
  /** When this chunk is used, the run that begins there is read ahead. */
  nextRun?: number;
}

/**
 * Bytes of the log that were read from its files lately, in chunks, so that consumers who go through
 * the same old messages read them once, and seldom wait. Only what is written for good gets in.
 */
export class ReadCache {
  /** By first offset; least recently used first. */
  private readonly chunks = new Map<number, Chunk>();
  private readonly run: number;
  private hits = 0;
  private misses = 0;

  constructor(
    private readonly files: LogFileQueue,
    private readonly maxBytes: number,
  ) {
    this.run = Math.max(1, Math.min(LONGEST_RUN, Math.floor(maxBytes / CHUNK_BYTES / 4)));
  }

  get figures(): CacheFigures {
    const { hits, misses, maxBytes } = this;
    return { bytes: this.chunks.size * CHUNK_BYTES, maxBytes, hits, misses };
  }

  /** A view on the `size` bytes at `physicalOffset` if they are here side by side; else read() brings them. */
  view(physicalOffset: number, size: number, writtenOffset: number): Buffer | undefined {
    const start = this.chunkStart(physicalOffset);
    const chunk = this.chunks.get(start);
    if (!chunk?.bytes || physicalOffset + size > start + chunk.bytes.length) return undefined;
    this.hits++;
    this.use(start, chunk, writtenOffset);
    return chunk.bytes.subarray(physicalOffset - start, physicalOffset - start + size);
  }

  /** A copy of the `size` bytes at `physicalOffset`; fewer when the files end or are gone. */
  async read(physicalOffset: number, size: number, writtenOffset: number): Promise<Buffer> {
    const target = Buffer.allocUnsafe(size);
    if (size > CHUNK_BYTES || this.chunkEnd(physicalOffset + size - 1) > writtenOffset) {
      return target.subarray(0, await this.files.read(target, physicalOffset));
    }
    let done = 0;
    while (done < size) {
      const start = this.chunkStart(physicalOffset + done);
      const chunk = await this.chunk(start, writtenOffset).read;
      const from = physicalOffset + done - start;
      if (from >= chunk.length) break; // retention has taken the file
      done += chunk.copy(target, done, from);
    }
    return target.subarray(0, done);
  }

  /** Forgets what lies in front of the log's first byte. */
  forgetBefore(physicalOffset: number): void {
    for (const start of this.chunks.keys()) if (start < physicalOffset) this.chunks.delete(start);
  }

  private chunk(start: number, writtenOffset: number): Chunk {
    const isSequential = start > 0 && this.chunks.has(this.chunkStart(start - 1));
    const known = this.chunks.get(start);
    if (known) this.hits++;
    else this.misses++;
    const chunk = known ?? this.load(start, isSequential ? this.run : 1, writtenOffset);
    this.use(start, chunk, writtenOffset);
    return chunk;
  }

  private use(start: number, chunk: Chunk, writtenOffset: number): void {
    this.chunks.delete(start);
    this.chunks.set(start, chunk);
    const { nextRun } = chunk;
    if (nextRun === undefined) return;
    chunk.nextRun = undefined;
    if (!this.chunks.has(nextRun) && this.chunkEnd(nextRun) <= writtenOffset) {
      this.load(nextRun, this.run, writtenOffset);
    }
  }

  /** @returns the first of up to `count` chunks that are read now */
  private load(start: number, count: number, writtenOffset: number): Chunk {
    const ends = [this.chunkEnd(start)];
    for (let end = ends[0]; ends.length < count && this.files.startOf(end) === this.files.startOf(start);) {
      end = this.chunkEnd(end);
      if (end > writtenOffset) break;
      ends.push(end);
    }
    const last = ends[ends.length - 1];
    const bytes = Buffer.allocUnsafeSlow(last - start);
    const reading = this.files.read(bytes, start);
    const chunks = ends.map((end, i) => this.add(i === 0 ? start : ends[i - 1], end, start, bytes, reading));
    if (count > 1) chunks[0].nextRun = last;
    this.evict();
    return chunks[0];
  }

  private add(from: number, to: number, start: number, bytes: Buffer, reading: Promise<number>): Chunk {
    const chunk: Chunk = {
      read: reading.then((read) => (chunk.bytes = bytes.subarray(from - start, Math.min(to - start, read)))),
    };
    chunk.read.catch(() => {
      if (this.chunks.get(from) === chunk) this.chunks.delete(from);
    });
    this.chunks.set(from, chunk);
    return chunk;
  }

  private evict(): void {
    for (const oldest of this.chunks.keys()) {
      if (this.chunks.size * CHUNK_BYTES <= this.maxBytes) return;
      this.chunks.delete(oldest);
    }
  }

  /** Chunks are counted from the first byte of their file. */
  private chunkStart(offset: number): number {
    const fileStart = this.files.startOf(offset);
    return fileStart + Math.floor((offset - fileStart) / CHUNK_BYTES) * CHUNK_BYTES;
  }

  private chunkEnd(offset: number): number {
    return Math.min(this.chunkStart(offset) + CHUNK_BYTES, this.files.startOf(offset) + this.files.fileSize);
  }
}
