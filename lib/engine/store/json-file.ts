import { join } from 'node:path';
import { parseFastjson } from '../common/fastjson.js';
import type { FileSystem, OpenOptions } from '../ports/file-system.js';
import type { Logger } from '../ports/logger.js';
import { makeDurableDirectory, readCrashSafe, writeCrashSafe } from './crash-safe-file.js';

/**
 * The JSON files of a store's `config` folder, in Apache's dialect (see common/fastjson.ts): each
 * is replaced as a whole, and a torn one falls back to its .bak.
 */
export class JsonFiles {
  constructor(
    private readonly fileSystem: FileSystem,
    private readonly directory: string,
    private readonly logger: Logger,
    /** Whether only this user of the system may read them. */
    private readonly options: Pick<OpenOptions, 'isPrivate'> = {},
  ) {}

  /** The newest saved text that `isUsable` accepts; undefined: none yet. */
  async load(name: string, isUsable: (text: string) => boolean = isJson): Promise<string | undefined> {
    const path = join(this.directory, name);
    const content = await readCrashSafe(this.fileSystem, path, (bytes) => {
      const isGood = isUsable(bytes.toString('utf8'));
      if (!isGood) this.logger.error('a file is torn; its previous version is taken if there is one', { path });
      return isGood;
    });
    return content?.toString('utf8');
  }

  /** A crash leaves the old or the new text. */
  async save(name: string, text: string): Promise<void> {
    await makeDurableDirectory(this.fileSystem, this.directory);
    await writeCrashSafe(this.fileSystem, join(this.directory, name), Buffer.from(text, 'utf8'), this.options);
  }
}

function isJson(text: string): boolean {
  try {
    parseFastjson(text);
    return true;
  } catch {
    return false; // the caller falls back, and reports it
  }
}
