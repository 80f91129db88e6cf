import { basename, dirname } from 'node:path';
import type {
  DiskSpace,
  FileLock,
  FileStatus,
  FileSystem,
  OpenFile,
  OpenOptions,
} from '../engine/ports/file-system.js';
import type { Random } from '../engine/ports/random.js';
import { SimulatedFile } from './simulated-file.js';

/** What a call is about to do. */
export interface DiskCall {
  kind: 'open' | 'read' | 'write' | 'datasync' | 'truncate' | 'rename' | 'remove' | 'makeDirectory' | 'syncDirectory';
  path: string;
}

/** Names that became or ceased to be in one step: undefined means gone. */
type NameChange = ReadonlyMap<string, Node | undefined>;
type Node = SimulatedFile | Directory;

class Directory {
  /** Not yet certain to survive a crash, oldest first. */
  pending: NameChange[] = [];
}

/**
 * A disk in memory that forgets like a real one. Until a file is synced, each of its sectors is on
 * the disk in any of the versions it has had since the last sync, whatever became of the others; its
 * size likewise. Until a directory is synced, any part of the changes of its names may be lost.
 * crash() chooses by a seed.
 */
export class SimulatedFileSystem implements FileSystem {
  /** How things look to the running process. */
  private names = new Map<string, Node>();
  /** What the disk is certain to have. */
  private durableNames = new Map<string, Node>();
  private readonly locked = new Set<string>();
  private isDead = false;
  /** Bytes of sectors that are not zero; beyond it writes fail with ENOSPC. */
  capacity = Infinity;
  /** Time of changes to files. */
  now = (): number => 0;
  /** Called before each call; may throw what the call is to fail with, and may let it wait. */
  onCall?: (call: DiskCall) => void | Promise<void>;

  constructor() {
    const root = new Directory();
    this.names.set('/', root);
    this.durableNames.set('/', root);
  }

  /** What a power cut now would leave, the process gone. This disk goes on. */
  crash(random: Random): SimulatedFileSystem {
    const after = new SimulatedFileSystem();
    const survivors = this.survivingNames(random);
    const copies = new Map<SimulatedFile, SimulatedFile>();
    after.names.clear();
    for (const [path, node] of survivors) {
      if (node instanceof Directory) {
        after.names.set(path, new Directory());
        continue;
      }
      const copy = copies.get(node) ?? node.afterCrash(random);
      copies.set(node, copy);
      after.names.set(path, copy);
    }
    after.durableNames = new Map(after.names);
    return after;
  }

  /** What the next process finds when this one is killed now: everything, still as unsynced as it is. */
  afterKill(): SimulatedFileSystem {
    const after = new SimulatedFileSystem();
    const copies = new Map<Node | undefined, Node | undefined>([[undefined, undefined]]);
    const copyOf = (node: Node | undefined): Node | undefined => {
      if (!copies.has(node)) copies.set(node, node instanceof SimulatedFile ? node.copy() : new Directory());
      return copies.get(node);
    };
    const copyNames = (names: NameChange): Map<string, Node> => {
      return new Map([...names].map(([path, node]) => [path, copyOf(node) as Node]));
    };
    after.names = copyNames(this.names);
    after.durableNames = copyNames(this.durableNames);
    for (const [node, copy] of [...copies]) {
      if (node instanceof Directory && copy instanceof Directory) copy.pending = node.pending.map(copyNames);
    }
    return after;
  }

  /** From now on nothing succeeds: the process of the present user is dead. */
  kill(): void {
    this.isDead = true;
  }

  /** Paths of all files, for messages of failed tests. */
  files(): string[] {
    return [...this.names].filter(([, node]) => node instanceof SimulatedFile).map(([path]) => path);
  }

  /** The bytes of a file as they are now. @throws when it is missing */
  contents(path: string): Buffer {
    const file = this.fileAt(path);
    return file.read(0, file.size);
  }

  /** Changes bytes behind everybody's back, on the disk too. */
  tamper(path: string, position: number, change: (byte: number) => number): void {
    this.fileAt(path).tamper(position, change);
  }

  async open(path: string, options: OpenOptions = {}): Promise<OpenFile> {
    await this.call({ kind: 'open', path });
    if (!this.names.has(path)) {
      if (!options.create) throw systemError('ENOENT', path);
      this.change(dirname(path), new Map([[path, new SimulatedFile()]]));
    }
    return this.handle(path, this.fileAt(path));
  }

  async status(path: string): Promise<FileStatus | undefined> {
    const node = this.names.get(path);
    if (!node) return undefined;
    return node instanceof SimulatedFile
      ? { size: node.size, modifiedAt: node.modifiedAt, isDirectory: false }
      : { size: 0, modifiedAt: 0, isDirectory: true };
  }

  async list(directory: string): Promise<string[]> {
    return this.childrenOf(directory).map((path) => basename(path));
  }

  async makeDirectory(path: string): Promise<void> {
    if (this.names.has(path)) return;
    await this.makeDirectory(dirname(path));
    await this.call({ kind: 'makeDirectory', path });
    if (!this.names.has(path)) this.change(dirname(path), new Map([[path, new Directory()]]));
  }

  async rename(from: string, to: string): Promise<void> {
    await this.call({ kind: 'rename', path: from });
    this.change(
      dirname(from),
      new Map([
        [from, undefined],
        [to, this.fileAt(from)],
      ]),
    );
  }

  async remove(path: string): Promise<void> {
    await this.call({ kind: 'remove', path });
    if (!this.names.has(path)) return;
    if (this.childrenOf(path).length > 0) throw systemError('ENOTEMPTY', path);
    this.change(dirname(path), new Map([[path, undefined]]));
  }

  async syncDirectory(path: string): Promise<void> {
    const directory = this.names.get(path);
    if (!(directory instanceof Directory)) throw systemError('ENOENT', path);
    const settled = [...directory.pending];
    await this.call({ kind: 'syncDirectory', path });
    for (const change of settled) apply(this.durableNames, change);
    directory.pending = directory.pending.filter((change) => !settled.includes(change));
  }

  async space(): Promise<DiskSpace> {
    const totalBytes = Number.isFinite(this.capacity) ? this.capacity : 2 ** 40;
    return { totalBytes, freeBytes: Math.max(0, totalBytes - this.usedBytes()) };
  }

  async lock(path: string): Promise<FileLock | undefined> {
    if (this.locked.has(path)) return undefined;
    this.locked.add(path);
    return {
      release: async () => {
        this.locked.delete(path);
      },
    };
  }

  private handle(path: string, file: SimulatedFile): OpenFile {
    return {
      read: async (target, position) => {
        await this.call({ kind: 'read', path });
        return file.read(position, target.length).copy(target);
      },
      write: async (chunks, position) => {
        const bytes = Buffer.concat(chunks); // what the caller changes later is not written
        await this.call({ kind: 'write', path });
        const fits = this.capacity - this.usedBytes();
        file.write(bytes.subarray(0, Math.max(0, Math.min(bytes.length, fits))), position);
        file.modifiedAt = this.now();
        if (bytes.length > fits) throw systemError('ENOSPC', path);
      },
      datasync: async () => {
        const point = file.syncPoint();
        await this.call({ kind: 'datasync', path });
        file.sync(point);
      },
      truncate: async (size) => {
        await this.call({ kind: 'truncate', path });
        file.truncate(size);
        file.modifiedAt = this.now();
      },
      size: async () => file.size,
      close: async () => undefined,
    };
  }

  private async call(call: DiskCall): Promise<void> {
    if (this.isDead) throw systemError('EDEAD', call.path);
    await this.onCall?.(call);
    await Promise.resolve(); // others go on while the disk works
    if (this.isDead) throw systemError('EDEAD', call.path);
  }

  private change(directory: string, change: NameChange): void {
    const parent = this.names.get(directory);
    if (!(parent instanceof Directory)) throw systemError('ENOENT', directory);
    parent.pending.push(change);
    apply(this.names, change);
  }

  private fileAt(path: string): SimulatedFile {
    const file = this.names.get(path);
    if (!(file instanceof SimulatedFile)) throw systemError('ENOENT', path);
    return file;
  }

  private childrenOf(directory: string): string[] {
    return [...this.names.keys()].filter((path) => path !== '/' && dirname(path) === directory);
  }

  private usedBytes(): number {
    if (this.capacity === Infinity) return 0;
    let bytes = 0;
    for (const node of new Set(this.names.values())) if (node instanceof SimulatedFile) bytes += node.usedBytes;
    return bytes;
  }

  /** A beginning of each directory's changes, or any part of them; nothing in a directory that is lost. */
  private survivingNames(random: Random): Map<string, Node> {
    const survivors = new Map(this.durableNames);
    const directories = new Set([...this.names.values(), ...this.durableNames.values()]);
    for (const directory of directories) {
      if (!(directory instanceof Directory)) continue;
      const isOrdered = !(random.nextInt(3) === 0);
      const kept = random.nextInt(directory.pending.length + 1);
      directory.pending.forEach((change, index) => {
        if (isOrdered ? index < kept : random.nextInt(2) === 0) apply(survivors, change);
      });
    }
    for (const path of [...survivors.keys()].sort()) {
      if (path !== '/' && !survivors.has(dirname(path))) survivors.delete(path);
    }
    return survivors;
  }
}

function apply(names: Map<string, Node>, change: NameChange): void {
  for (const [path, node] of change) {
    if (node) names.set(path, node);
    else names.delete(path);
  }
}

export function systemError(code: string, path: string): Error {
  return Object.assign(new Error(`${code}: ${path}`), { code });
}
