import { constants } from 'node:fs';
import { access, readdir, readFile, stat, statfs } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import type { StoreFacts } from './facts.js';

/** Looks at a store's directory and at the process that has it; changes nothing. */
export async function storeFacts(path: string): Promise<StoreFacts> {
  const directory = resolve(path);
  try {
    if (!(await stat(directory)).isDirectory()) return { directory, problem: 'is not a directory' };
    await access(directory, constants.R_OK | constants.W_OK | constants.X_OK);
  } catch (error) {
    return { directory, problem: `cannot be used: ${(error as Error).message}` };
  }
  const { blocks, bavail, bsize } = await statfs(directory);
  return { directory, totalBytes: blocks * bsize, freeBytes: bavail * bsize, ...(await filesOfHolder(directory)) };
}

/** On Linux, where /proc tells; nothing elsewhere, nor of another user's process. */
async function filesOfHolder(directory: string): Promise<Pick<StoreFacts, 'openFiles' | 'openFilesLimit'>> {
  try {
    const id = Number.parseInt(await readFile(join(directory, 'broker.pid'), 'utf8'), 10);
    const limits = await readFile(`/proc/${id}/limits`, 'utf8');
    const openFiles = (await readdir(`/proc/${id}/fd`)).length;
    const limit = /^Max open files\s+(\d+)/m.exec(limits)?.[1];
    return { openFiles, openFilesLimit: limit === undefined ? undefined : Number(limit) };
  } catch {
    return {}; // no broker of ours has the store now, or nothing is told of it
  }
}
