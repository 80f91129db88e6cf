import { existsSync } from 'node:fs';
import { dirname, extname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parentPort, Worker, workerData } from 'node:worker_threads';

/** Of the thread that an engine runs in. */
export interface ThreadSettings {
  /** Options of Node for the thread. Default: those of this process. */
  execArgv?: readonly string[];
  /** Megabytes for objects that live briefly: more of them, fewer pauses. */
  maxYoungGenerationSizeMb?: number;
}

/** @param file without its ending, relative to this directory; it has the ending of this file: .js, or .ts in development */
export function startThread(file: string, data: unknown, settings: ThreadSettings): Worker {
  const here = ownFile();
  const path = join(dirname(here), `${file}${extname(here)}`);
  if (!existsSync(path)) throw Object.assign(new Error(`${path} is missing`), { code: 'ENOENT' });
  const { execArgv, maxYoungGenerationSizeMb } = settings;
  return new Worker(path, {
    workerData: data,
    execArgv: execArgv && [...execArgv],
    resourceLimits: { maxYoungGenerationSizeMb },
  });
}

/** What a thread was started with, and the way to who started it. @throws Error in the main thread */
export function thisThread(): { data: unknown; parent: NonNullable<typeof parentPort> } {
  if (parentPort === null) throw new Error('this file is for a worker thread');
  return { data: workerData, parent: parentPort };
}

/** Only one of the two builds has __filename, only the other import.meta; the stack knows in both. */
function ownFile(): string {
  // eslint-disable-next-line @typescript-eslint/unbound-method -- put back as it was
  const { prepareStackTrace } = Error;
  try {
    Error.prepareStackTrace = (_, sites) => sites[0].getFileName();
    const holder: { stack?: string } = {};
    Error.captureStackTrace(holder);
    const name = String(holder.stack);
    return name.startsWith('file:') ? fileURLToPath(name) : name;
  } finally {
    Error.prepareStackTrace = prepareStackTrace;
  }
}
