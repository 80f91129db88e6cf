import { memoryOf, type RecordMemory } from '../message/record-writer.js';

interface Block extends RecordMemory {
  /** Physical offset of its first byte. */
  readonly start: number;
  used: number;
}

/** Bytes of the log that are to be filled in: those of `memory` from `position` up to `limit`. */
export interface Room {
  readonly physicalOffset: number;
  readonly memory: RecordMemory;
  readonly position: number;
  readonly limit: number;
}

const LARGEST_BLOCK = 1024 * 1024;

/**
 * The end of the commit log in memory: where records are put together, what is written from, and
 * what is read from while it is young. Blocks are used in a ring, so what is read is copied out.
 * A record lies in one block.
 */
export class TailBuffer {
  /** Ascending; a gap is the padding's rest at the end of a file. */
  private readonly blocks: Block[] = [];
  private bytesHeld = 0;
  /** Blocks to be used again: fresh memory costs more than filling it. */
  private readonly spares: Buffer[] = [];

  private readonly blockBytes: number;

  /** @param cacheBytes how much is kept beyond what is still to be written */
  constructor(private readonly cacheBytes: number) {
    this.blockBytes = Math.min(LARGEST_BLOCK, Math.ceil(cacheBytes / 8));
  }

  /** What reserve() gives for `physicalOffset`, if no more than up to the limit is asked for; at most `most` bytes. */
  free(physicalOffset: number, most: number): Room | undefined {
    const block = this.blocks.at(-1);
    if (!block || block.start + block.used !== physicalOffset) return undefined;
    const limit = Math.min(block.bytes.length, block.used + most);
    return { physicalOffset, memory: block, position: block.used, limit };
  }

  /** Room for the `size` bytes at `physicalOffset`; `writtenOffset` says what may be forgotten. */
  reserve(physicalOffset: number, size: number, writtenOffset: number): Room {
    let block = this.blocks.at(-1);
    const fits = block && block.start + block.used === physicalOffset && block.bytes.length - block.used >= size;
    if (!block || !fits) {
      block = { start: physicalOffset, ...memoryOf(this.memory(size, writtenOffset)), used: 0 };
      this.blocks.push(block);
    }
    const position = block.used;
    block.used += size;
    return { physicalOffset, memory: block, position, limit: block.used };
  }

  /** The bytes of [from, to), which must be here without a gap. */
  chunks(from: number, to: number): Buffer[] {
    const chunks: Buffer[] = [];
    for (let i = this.indexOf(from); i >= 0 && i < this.blocks.length && this.blocks[i].start < to; i++) {
      const { start, bytes, used } = this.blocks[i];
      chunks.push(bytes.subarray(Math.max(0, from - start), Math.min(used, to - start)));
    }
    return chunks;
  }

  /** A view that is valid in this turn only; undefined when not all of it is here. */
  view(physicalOffset: number, size: number): Buffer | undefined {
    const block = this.blocks[this.indexOf(physicalOffset)];
    if (!block || physicalOffset + size > block.start + block.used) return undefined;
    return block.bytes.subarray(physicalOffset - block.start, physicalOffset - block.start + size);
  }

  /** Forgets what was reserved from `physicalOffset` on. */
  rollback(physicalOffset: number): void {
    for (let last = this.blocks.at(-1); last && last.start >= physicalOffset; last = this.blocks.at(-1)) {
      this.bytesHeld -= last.bytes.length;
      this.blocks.pop();
    }
    const last = this.blocks.at(-1);
    if (last) last.used = Math.min(last.used, physicalOffset - last.start);
  }

  /** Of the last block that begins at or before `physicalOffset`; -1: none does. */
  private indexOf(physicalOffset: number): number {
    let low = 0;
    let high = this.blocks.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.blocks[middle].start <= physicalOffset) low = middle + 1;
      else high = middle;
    }
    return low - 1;
  }

  private memory(size: number, writtenOffset: number): Buffer {
    const wanted = Math.max(size, this.blockBytes);
    while (this.blocks.length > 0 && this.bytesHeld + wanted > this.cacheBytes) {
      const oldest = this.blocks[0];
      if (oldest.start + oldest.used > writtenOffset) break;
      this.blocks.shift();
      this.bytesHeld -= oldest.bytes.length;
      const isUseful =
        oldest.bytes.length === this.blockBytes && this.spares.length * this.blockBytes < this.cacheBytes;
      if (isUseful) this.spares.push(oldest.bytes);
    }
    this.bytesHeld += wanted;
    return (wanted === this.blockBytes ? this.spares.pop() : undefined) ?? Buffer.allocUnsafeSlow(wanted);
  }
}
