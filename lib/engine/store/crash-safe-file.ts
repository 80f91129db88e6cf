import { dirname } from 'node:path';
import type { FileSystem, OpenOptions } from '../ports/file-system.js';

/**
 * Replaces a small file as a whole: a temporary one is written and synced, the old one becomes
 * `.bak`, the temporary one takes its name, the directory is synced. A crash in between leaves the
 * old one under one of the two names.
 */
export async function writeCrashSafe(
  fileSystem: FileSystem,
  path: string,
  content: Uint8Array,
  options: Pick<OpenOptions, 'isPrivate'> = {},
): Promise<void> {
  const temporary = `${path}.tmp`;
  await fileSystem.remove(temporary); // a longer one may be left from a crash
  const file = await fileSystem.open(temporary, { ...options, create: true });
  try {
    await file.write([content], 0);
    await file.datasync();
  } finally {
    await file.close();
  }
  if (await fileSystem.status(path)) await fileSystem.rename(path, `${path}.bak`);
  await fileSystem.rename(temporary, path);
  await fileSystem.syncDirectory(dirname(path));
}

/** Makes a directory, and those above it that are missing, so that a power cut doesn't take them back. */
export async function makeDurableDirectory(fileSystem: FileSystem, path: string): Promise<void> {
  if (await fileSystem.status(path)) return;
  const parent = dirname(path);
  if (parent !== path) await makeDurableDirectory(fileSystem, parent);
  await fileSystem.makeDirectory(path);
  await fileSystem.syncDirectory(parent);
}

/** The newest content that `isUsable` accepts: the file's, else its `.bak`'s; undefined: neither. */
export async function readCrashSafe(
  fileSystem: FileSystem,
  path: string,
  isUsable: (content: Buffer) => boolean,
): Promise<Buffer | undefined> {
  for (const name of [path, `${path}.bak`]) {
    const content = await readWhole(fileSystem, name);
    if (content && isUsable(content)) return content;
  }
  return undefined;
}

/** Undefined when the file is missing. */
export async function readWhole(fileSystem: FileSystem, path: string): Promise<Buffer | undefined> {
  if (!(await fileSystem.status(path))) return undefined;
  const file = await fileSystem.open(path, { readOnly: true });
  try {
    const content = Buffer.alloc(await file.size());
    return content.subarray(0, await file.read(content, 0));
  } finally {
    await file.close();
  }
}
