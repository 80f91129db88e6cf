import { dirname } from 'node:path';
import { StoreLockedError } from '../common/errors.js';
import { hasErrorCode, type FileLock, type FileSystem } from '../ports/file-system.js';
import { makeDurableDirectory } from './crash-safe-file.js';
import type { StorePaths } from './store-paths.js';

/**
 * Takes a store directory for this process. The `lock` file has Apache's content; what excludes
 * others is the platform's, see FileSystem#lock.
 * @throws StoreLockedError another live process has it
 */
export async function lockStore(fileSystem: FileSystem, paths: StorePaths): Promise<FileLock> {
  await makeDurableDirectory(fileSystem, paths.root);
  await syncNamesAbove(fileSystem, paths.root);
  const lock = await fileSystem.lock(paths.lock);
  if (!lock) throw new StoreLockedError(paths.root);
  const file = await fileSystem.open(paths.lock, { create: true });
  try {
    await file.write([Buffer.from('lock')], 0);
  } finally {
    await file.close();
  }
  return lock;
}

/** The directory may be there because a process made it that was killed before it could sync its name. */
async function syncNamesAbove(fileSystem: FileSystem, path: string): Promise<void> {
  for (let at = path; at !== dirname(at); at = dirname(at)) {
    try {
      await fileSystem.syncDirectory(dirname(at));
    } catch (error) {
      // One that we may not open is none that we made.
      if (!hasErrorCode(error, 'EACCES', 'EPERM', 'EINVAL', 'EROFS')) throw error;
    }
  }
}
