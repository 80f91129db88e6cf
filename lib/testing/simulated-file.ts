import type { Random } from '../engine/ports/random.js';

const SECTOR_BYTES = 512;
const ZEROS = Buffer.alloc(SECTOR_BYTES);

/** Sectors never change in place, so that versions can share them. An absent one is zeros. */
type Sectors = Map<number, Buffer>;

/** Something the disk may have; `at` counts the changes of the file. */
interface Version<T> {
  readonly at: number;
  readonly content: T;
}

/** A file of SimulatedFileSystem: what the process sees, and the versions the disk may have. */
export class SimulatedFile {
  private sectors: Sectors = new Map();
  private durable: Sectors = new Map();
  private durableSize = 0;
  /** Of each sector that has changed since the last sync, all contents since then. */
  private readonly versions = new Map<number, Version<Buffer>[]>();
  private sizes: Version<number>[] = [];
  private changes = 0;
  private currentSize = 0;
  modifiedAt = 0;

  get size(): number {
    return this.currentSize;
  }

  get usedBytes(): number {
    return this.sectors.size * SECTOR_BYTES;
  }

  read(position: number, length: number): Buffer {
    const bytes = Buffer.alloc(Math.max(0, Math.min(length, this.currentSize - position)));
    for (let done = 0; done < bytes.length;) {
      const from = (position + done) % SECTOR_BYTES;
      const sector = this.sectors.get(Math.floor((position + done) / SECTOR_BYTES)) ?? ZEROS;
      done += sector.copy(bytes, done, from);
    }
    return bytes;
  }

  write(bytes: Buffer, position: number): void {
    for (let done = 0; done < bytes.length;) {
      const index = Math.floor((position + done) / SECTOR_BYTES);
      const from = (position + done) % SECTOR_BYTES;
      const sector = Buffer.from(this.sectors.get(index) ?? ZEROS);
      done += bytes.copy(sector, from, done);
      this.setSector(index, sector);
    }
    if (position + bytes.length > this.currentSize) this.setSize(position + bytes.length);
  }

  truncate(size: number): void {
    for (const [index, sector] of [...this.sectors]) {
      const kept = size - index * SECTOR_BYTES;
      if (kept <= 0) this.setSector(index, ZEROS);
      else if (kept < SECTOR_BYTES) this.setSector(index, Buffer.concat([sector.subarray(0, kept)], SECTOR_BYTES));
    }
    this.setSize(size);
  }

  /** What a sync that begins now will make durable: every change up to here. */
  syncPoint(): number {
    return this.changes;
  }

  sync(point: number): void {
    for (const [index, list] of this.versions) {
      const settled = list.filter(({ at }) => at <= point).at(-1);
      if (settled) setOrDelete(this.durable, index, settled.content);
      const open = list.filter(({ at }) => at > point);
      if (open.length > 0) this.versions.set(index, open);
      else this.versions.delete(index);
    }
    this.durableSize = this.sizes.filter(({ at }) => at <= point).at(-1)?.content ?? this.durableSize;
    this.sizes = this.sizes.filter(({ at }) => at > point);
  }

  /** The file as the disk has it when power is cut now: none, all, all but one, the first or any of the dirty sectors. */
  afterCrash(random: Random): SimulatedFile {
    const after = new SimulatedFile();
    after.sectors = new Map(this.durable);
    const fate = random.nextInt(5);
    const dirty = [...this.versions.keys()].sort((x, y) => x - y);
    const chosen = random.nextInt(dirty.length + 1);
    dirty.forEach((index, place) => {
      const list = this.versions.get(index) ?? [];
      let version: number; // how many of the writes to this sector have got to the disk
      if (fate === 0) version = 0;
      else if (fate === 1) version = list.length;
      else if (fate === 2) version = place === chosen ? 0 : list.length;
      else if (fate === 3) version = place < chosen ? list.length : 0;
      else version = random.nextInt(list.length + 1);
      if (version > 0) setOrDelete(after.sectors, index, list[version - 1].content);
    });
    const sizes = [this.durableSize, ...this.sizes.map(({ content }) => content)];
    after.currentSize = fate === 1 || fate === 2 ? this.currentSize : sizes[random.nextInt(sizes.length)];
    after.truncateQuietly();
    after.modifiedAt = this.modifiedAt;
    after.durable = new Map(after.sectors);
    after.durableSize = after.currentSize;
    return after;
  }

  /** With its past, so that a later power cut has the same choice. */
  copy(): SimulatedFile {
    const copy = new SimulatedFile();
    copy.sectors = new Map(this.sectors);
    copy.durable = new Map(this.durable);
    copy.durableSize = this.durableSize;
    for (const [index, list] of this.versions) copy.versions.set(index, [...list]);
    copy.sizes = [...this.sizes];
    copy.currentSize = this.currentSize;
    copy.changes = this.changes;
    copy.modifiedAt = this.modifiedAt;
    return copy;
  }

  tamper(position: number, change: (byte: number) => number): void {
    const index = Math.floor(position / SECTOR_BYTES);
    for (const sectors of [this.sectors, this.durable]) {
      const sector = Buffer.from(sectors.get(index) ?? ZEROS);
      sector[position % SECTOR_BYTES] = change(sector[position % SECTOR_BYTES]);
      sectors.set(index, sector);
    }
  }

  private truncateQuietly(): void {
    for (const index of [...this.sectors.keys()]) {
      if (index * SECTOR_BYTES >= this.currentSize) this.sectors.delete(index);
    }
  }

  private setSector(index: number, sector: Buffer): void {
    setOrDelete(this.sectors, index, sector);
    const version = { at: ++this.changes, content: sector };
    const list = this.versions.get(index);
    if (list) list.push(version);
    else this.versions.set(index, [version]);
  }

  private setSize(size: number): void {
    this.currentSize = size;
    this.sizes.push({ at: ++this.changes, content: size });
  }
}

function setOrDelete(sectors: Sectors, index: number, sector: Buffer): void {
  if (sector === ZEROS) sectors.delete(index);
  else sectors.set(index, sector);
}
