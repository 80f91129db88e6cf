import { join } from 'node:path';
import { ConfigurationError, StoreLockedError } from '../common/errors.js';
import { Service, type Startable } from '../common/lifecycle.js';
import { isProcessAlive, processId } from '../platform/node-identity.js';
import { hasErrorCode, type FileSystem } from '../ports/file-system.js';

/** In the directory of a store while a broker of ours has it: the id of its process. */
const PID_FILE = 'broker.pid';

const MOST_DIGITS = 10;

/** Says who has the store; what excludes others is its lock, see store/store-lock.ts. */
class PidFile {
  constructor(
    private readonly fileSystem: FileSystem,
    private readonly storeDirectory: string,
  ) {}

  async write(): Promise<void> {
    const file = await this.fileSystem.open(this.path, { create: true });
    try {
      await file.truncate(0);
      await file.write([Buffer.from(`${processId()}\n`)], 0);
    } finally {
      await file.close();
    }
  }

  async remove(): Promise<void> {
    await this.fileSystem.remove(this.path);
  }

  /** Of a process that lives: a broker that was killed leaves its file behind. */
  async holder(): Promise<number | undefined> {
    if ((await this.fileSystem.status(this.path)) === undefined) return undefined;
    const file = await this.fileSystem.open(this.path, { readOnly: true });
    try {
      const bytes = Buffer.alloc(MOST_DIGITS);
      const length = await file.read(bytes, 0);
      const id = Number.parseInt(bytes.toString('utf8', 0, length), 10);
      return id > 0 && isProcessAlive(id) ? id : undefined;
    } finally {
      await file.close();
    }
  }

  private get path(): string {
    return join(this.storeDirectory, PID_FILE);
  }
}

/**
 * A broker in a process of the system: its store's directory names the process, and what its start
 * fails by is explained to whoever runs it.
 */
export class BrokerProcess extends Service {
  private readonly pidFile: PidFile;
  private hasStore = false;

  constructor(
    private readonly broker: Startable,
    fileSystem: FileSystem,
    private readonly storeDirectory: string,
  ) {
    super();
    this.pidFile = new PidFile(fileSystem, storeDirectory);
  }

  /** @throws StoreLockedError with the process, ConfigurationError a directory that cannot be used */
  protected async onStart(): Promise<void> {
    try {
      await this.broker.start();
    } catch (error) {
      throw await this.explain(error);
    }
    this.hasStore = true;
    await this.pidFile.write();
  }

  protected async onStop(): Promise<void> {
    if (this.hasStore) await this.pidFile.remove();
    await this.broker.stop();
  }

  private async explain(error: unknown): Promise<unknown> {
    if (error instanceof StoreLockedError) {
      return new StoreLockedError(error.directory, { cause: error }, await this.pidFile.holder());
    }
    if (!hasErrorCode(error, 'EACCES', 'EPERM', 'EROFS', 'ENOTDIR', 'EEXIST', 'ENOSPC')) return error;
    const reason = (error as Error).message;
    const remedy = 'let this user write there, or choose another directory';
    return new ConfigurationError('storePathRootDir', `${this.storeDirectory} cannot be used: ${reason}; ${remedy}`, {
      cause: error,
    });
  }
}
