import { StoreLockedError } from '../common/errors.js';
import type { FileLock, FileSystem } from '../ports/file-system.js';
import { makeDurableDirectory } from './crash-safe-file.js';
import type { StorePaths } from './store-paths.js';

/**
 * Takes a store directory for this process. The `lock` file has Apache's content; what excludes
 * others is the platform's, see FileSystem#lock.
 * @throws StoreLockedError another live process has it
 */
export async function lockStore(fileSystem: FileSystem, paths: StorePaths): Promise<FileLock> {
  await makeDurableDirectory(fileSystem, paths.root);
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
