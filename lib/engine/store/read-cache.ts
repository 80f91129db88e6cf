import type { LogFileQueue } from './log-file-queue.js';
import type { CacheFigures } from './store-figures.js';

const CHUNK_BYTES = 128 * 1024;
/** Chunks that are read by one call, and one call ahead, when somebody goes through the log. */
const LONGEST_RUN = 8;

/** Runs whose memory is kept for the next: fresh memory costs more than what is read to it. */
const MOST_SPARES = 2;

/** What one call has read, or is reading. */
interface Run {
  readonly bytes: Buffer;
  /** Chunks that are here, readers that wait for one, and the call itself. */
  users: number;
}

interface Chunk {
  readonly run: Run;
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
  private readonly runChunks: number;
  private readonly spares: Buffer[] = [];
  private hits = 0;
  private misses = 0;

  constructor(
    private readonly files: LogFileQueue,
    private readonly maxBytes: number,
  ) {
    this.runChunks = Math.max(1, Math.min(LONGEST_RUN, Math.floor(maxBytes / CHUNK_BYTES / 4)));
  }

  get figures(): CacheFigures {
    const { hits, misses, maxBytes } = this;
    return { bytes: this.chunks.size * CHUNK_BYTES, maxBytes, hits, misses };
  }

  /** The `size` bytes at `physicalOffset` if they are here side by side, to be copied in this turn; else read() brings them. */
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
      const copied = await this.copyFrom(this.hold(start, writtenOffset), physicalOffset + done - start, target, done);
      if (copied === 0) break; // retention has taken the file
      done += copied;
    }
    return target.subarray(0, done);
  }

  /** Copies from a chunk that hold() has given. @returns how many bytes there were to copy */
  private async copyFrom({ run, read }: Chunk, from: number, target: Buffer, to: number): Promise<number> {
    try {
      const bytes = await read;
      return from < bytes.length ? bytes.copy(target, to, from) : 0;
    } finally {
      this.release(run);
    }
  }

  /** Forgets what lies in front of the log's first byte. */
  forgetBefore(physicalOffset: number): void {
    for (const [start, chunk] of this.chunks) if (start < physicalOffset) this.forget(start, chunk);
  }

  /** The chunk, whose memory stays until its run is released. */
  private hold(start: number, writtenOffset: number): Chunk {
    const isSequential = start > 0 && this.chunks.has(this.chunkStart(start - 1));
    const known = this.chunks.get(start);
    if (known) this.hits++;
    else this.misses++;
    const chunk = known ?? this.load(start, isSequential ? this.runChunks : 1, writtenOffset);
    chunk.run.users++;
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
      this.load(nextRun, this.runChunks, writtenOffset);
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
    const run: Run = { bytes: this.memory(last - start), users: 1 };
    const reading = this.files.read(run.bytes, start);
    const chunks = ends.map((end, i) => this.add(i === 0 ? start : ends[i - 1], end, start, run, reading));
    const release = (): void => this.release(run);
    reading.then(release, release); // whoever waits for a chunk hears of a failure
    if (count > 1) chunks[0].nextRun = last;
    this.evict();
    return chunks[0];
  }

  private add(from: number, to: number, start: number, run: Run, reading: Promise<number>): Chunk {
    const chunk: Chunk = {
      run,
      read: reading.then((read) => (chunk.bytes = run.bytes.subarray(from - start, Math.min(to - start, read)))),
    };
    chunk.read.catch(() => {
      if (this.chunks.get(from) === chunk) this.forget(from, chunk);
    });
    const known = this.chunks.get(from);
    if (known) this.forget(from, known);
    this.chunks.set(from, chunk);
    run.users++;
    return chunk;
  }

  private evict(): void {
    for (const [oldest, chunk] of this.chunks) {
      if (this.chunks.size * CHUNK_BYTES <= this.maxBytes) return;
      this.forget(oldest, chunk);
    }
  }

  private forget(start: number, chunk: Chunk): void {
    this.chunks.delete(start);
    this.release(chunk.run);
  }

  private release(run: Run): void {
    const isUseful = --run.users === 0 && run.bytes.length === this.runChunks * CHUNK_BYTES;
    if (isUseful && this.spares.length < MOST_SPARES) this.spares.push(run.bytes);
  }

  private memory(size: number): Buffer {
    const spare = size === this.runChunks * CHUNK_BYTES ? this.spares.pop() : undefined;
    return spare ?? Buffer.allocUnsafeSlow(size);
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
