import * as fs from 'node:fs';
import { createServer } from 'node:net';
import { dirname } from 'node:path';
import { promisify } from 'node:util';
import {
  hasErrorCode,
  type DiskSpace,
  type FileLock,
  type FileStatus,
  type FileSystem,
  type OpenFile,
  type OpenOptions,
} from '../ports/file-system.js';

const close = promisify(fs.close);
const fdatasync = promisify(fs.fdatasync);
const fstat = promisify(fs.fstat);
const fsync = promisify(fs.fsync);
const ftruncate = promisify(fs.ftruncate);
const open = promisify(fs.open);

/** The operating system's files. Nothing here runs on the event loop: every call goes to Node's thread pool. */
export class NodeFileSystem implements FileSystem {
  async open(path: string, options: OpenOptions = {}): Promise<OpenFile> {
    const { O_CREAT, O_RDONLY, O_RDWR } = fs.constants;
    const flags = options.readOnly ? O_RDONLY : O_RDWR | (options.create ? O_CREAT : 0);
    return new NodeOpenFile(await open(path, flags, options.isPrivate ? 0o600 : 0o644));
  }

  async status(path: string): Promise<FileStatus | undefined> {
    try {
      const stats = await fs.promises.stat(path);
      return { size: stats.size, modifiedAt: stats.mtimeMs, isDirectory: stats.isDirectory() };
    } catch (error) {
      if (hasErrorCode(error, 'ENOENT', 'ENOTDIR')) return undefined;
      throw error;
    }
  }

  async list(directory: string): Promise<string[]> {
    try {
      return await fs.promises.readdir(directory);
    } catch (error) {
      if (hasErrorCode(error, 'ENOENT')) return [];
      throw error;
    }
  }

  async makeDirectory(path: string): Promise<void> {
    await fs.promises.mkdir(path, { recursive: true });
  }

  rename(from: string, to: string): Promise<void> {
    return fs.promises.rename(from, to);
  }

  async remove(path: string): Promise<void> {
    try {
      await fs.promises.unlink(path);
    } catch (error) {
      if (hasErrorCode(error, 'ENOENT')) return;
      if (!hasErrorCode(error, 'EISDIR', 'EPERM')) throw error;
      await fs.promises.rmdir(path);
    }
  }

  async syncDirectory(path: string): Promise<void> {
    if (process.platform === 'win32') return; // there a directory can't be opened, and NTFS journals its names
    const fd = await open(path, fs.constants.O_RDONLY);
    try {
      await fsync(fd);
    } finally {
      await close(fd);
    }
  }

  async space(path: string): Promise<DiskSpace> {
    const { blocks, bavail, bsize } = await fs.promises.statfs(path);
    return { totalBytes: blocks * bsize, freeBytes: bavail * bsize };
  }

  /**
   * Node offers no flock(). Where the system has a resource that is exclusive and that its kernel
   * takes back from a dead process, that is the lock, so that nothing stale is ever left:
   * - Linux: the abstract socket named after the file's device and inode;
   * - macOS, BSD: open() with O_EXLOCK;
   * - Windows: the named pipe named after them.
   * On Linux the record lock that Apache's broker holds on the file is looked up as well.
   */
  async lock(path: string): Promise<FileLock | undefined> {
    await fs.promises.mkdir(dirname(path), { recursive: true });
    return process.platform === 'linux' || process.platform === 'win32' ? lockByName(path) : lockByOpening(path);
  }
}

class NodeOpenFile implements OpenFile {
  constructor(private readonly fd: number) {}

  read(target: Buffer, position: number): Promise<number> {
    return new Promise((resolve, reject) => {
      let done = 0;
      const next = (): void => {
        fs.read(this.fd, target, done, target.length - done, position + done, (error, bytesRead) => {
          if (error) {
            reject(error);
            return;
          }
          done += bytesRead;
          if (bytesRead === 0 || done === target.length) resolve(done);
          else next();
        });
      };
      next();
    });
  }

  write(chunks: readonly Uint8Array[], position: number): Promise<void> {
    return new Promise((resolve, reject) => {
      let rest = chunks;
      let at = position;
      const next = (): void => {
        fs.writev(this.fd, rest, at, (error, bytesWritten) => {
          if (error) {
            reject(error);
            return;
          }
          at += bytesWritten;
          rest = behind(rest, bytesWritten);
          if (rest.length === 0) resolve();
          else next();
        });
      };
      next();
    });
  }

  datasync(): Promise<void> {
    return fdatasync(this.fd);
  }

  truncate(size: number): Promise<void> {
    return ftruncate(this.fd, size);
  }

  async size(): Promise<number> {
    return (await fstat(this.fd)).size;
  }

  close(): Promise<void> {
    return close(this.fd);
  }
}

/** What is left of `chunks` when their first `written` bytes are gone. */
function behind(chunks: readonly Uint8Array[], written: number): readonly Uint8Array[] {
  let whole = 0;
  while (whole < chunks.length && chunks[whole].length <= written) written -= chunks[whole++].length;
  if (whole === chunks.length) return [];
  return [chunks[whole].subarray(written), ...chunks.slice(whole + 1)];
}

async function lockByName(path: string): Promise<FileLock | undefined> {
  const { dev, ino } = await identityOf(path);
  if (process.platform === 'linux' && (await isRecordLocked(dev, ino))) return undefined;
  const name = `nestjs-rocketmq-store-${dev}-${ino}`;
  const server = createServer((socket) => socket.destroy());
  server.unref();
  return new Promise((resolve, reject) => {
    server.once('error', (error) => {
      if (hasErrorCode(error, 'EADDRINUSE', 'EACCES')) resolve(undefined);
      else reject(error);
    });
    server.listen(process.platform === 'linux' ? `\0${name}` : `\\\\.\\pipe\\${name}`, () => {
      resolve({ release: () => new Promise((released) => server.close(() => released())) });
    });
  });
}

async function identityOf(path: string): Promise<{ dev: bigint; ino: bigint }> {
  const file = await fs.promises.open(path, 'a+', 0o644);
  try {
    return await file.stat({ bigint: true });
  } finally {
    await file.close();
  }
}

/** Whether some process holds a POSIX record lock on the file, as Java's FileChannel#lock takes it. */
async function isRecordLocked(dev: bigint, ino: bigint): Promise<boolean> {
  // A line: `1: POSIX  ADVISORY  WRITE 1234 fd:01:5678 0 1`; absent where /proc is not mounted.
  const locks = await fs.promises.readFile('/proc/locks', 'utf8').catch(() => '');
  const major = ((dev >> 8n) & 0xfffn) | ((dev >> 32n) & ~0xfffn);
  const minor = (dev & 0xffn) | ((dev >> 12n) & ~0xffn);
  const file = `${hex(major)}:${hex(minor)}:${ino}`;
  return locks.split('\n').some((line) => line.includes('POSIX') && line.split(/\s+/).includes(file));
}

function hex(value: bigint): string {
  return value.toString(16).padStart(2, '0');
}

async function lockByOpening(path: string): Promise<FileLock | undefined> {
  const EXCLUSIVE_LOCK = 0x20; // O_EXLOCK, which node:fs does not name
  try {
    const flags = fs.constants.O_RDWR | fs.constants.O_CREAT | fs.constants.O_NONBLOCK | EXCLUSIVE_LOCK;
    const fd = await open(path, flags, 0o644);
    return { release: () => close(fd) };
  } catch (error) {
    if (hasErrorCode(error, 'EAGAIN', 'EWOULDBLOCK')) return undefined;
    throw error;
  }
}
