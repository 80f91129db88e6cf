import type { LogFileQueue } from './log-file-queue.js';

const CHUNK_BYTES = 128 * 1024;

/**
 * Bytes of the log that were read from its files lately, in chunks, so that consumers who go through
 * the same old messages read them once. Only what is written for good gets in.
 */
export class ReadCache {
  /** By first offset; least recently used first. */
  private readonly chunks = new Map<number, Promise<Buffer>>();

  constructor(
    private readonly files: LogFileQueue,
    private readonly maxBytes: number,
  ) {}

  /** A copy of the `size` bytes at `physicalOffset`; fewer when the files end or are gone. */
  async read(physicalOffset: number, size: number, writtenOffset: number): Promise<Buffer> {
    const target = Buffer.allocUnsafe(size);
    if (size > CHUNK_BYTES || this.chunkEnd(physicalOffset + size - 1) > writtenOffset) {
      return target.subarray(0, await this.files.read(target, physicalOffset));
    }
    let done = 0;
    while (done < size) {
      const start = this.chunkStart(physicalOffset + done);
      const chunk = await this.chunk(start);
      const copied = chunk.copy(target, done, physicalOffset + done - start);
      if (copied === 0) break;
      done += copied;
    }
    return target.subarray(0, done);
  }

  /** Forgets what lies in front of the log's first byte. */
  forgetBefore(physicalOffset: number): void {
    for (const start of this.chunks.keys()) if (start < physicalOffset) this.chunks.delete(start);
  }

  private chunk(start: number): Promise<Buffer> {
    let chunk = this.chunks.get(start);
    if (chunk) {
      this.chunks.delete(start);
    } else {
      chunk = this.load(start);
      chunk.catch(() => this.chunks.delete(start));
    }
    this.chunks.set(start, chunk);
    if (this.chunks.size * CHUNK_BYTES > this.maxBytes) {
      for (const oldest of this.chunks.keys()) {
        this.chunks.delete(oldest);
        break;
      }
    }
    return chunk;
  }

  private async load(start: number): Promise<Buffer> {
    const bytes = Buffer.allocUnsafeSlow(this.chunkEnd(start) - start);
    return bytes.subarray(0, await this.files.read(bytes, start));
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
