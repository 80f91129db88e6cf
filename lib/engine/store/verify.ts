import { join } from 'node:path';
import { StoreLockedError } from '../common/errors.js';
import { parseFastjson } from '../common/fastjson.js';
import type { FileLock, FileSystem } from '../ports/file-system.js';
import { readCheckpoint } from './checkpoint.js';
import { readWhole } from './crash-safe-file.js';
import { dispatchRequestOf } from './dispatch-request.js';
import { IndexCheck } from './index-check.js';
import type { IndexSize } from './index-format.js';
import { flawsOf, readStoreLayout, type ProgressListener, type StoreLayout, type StoreProblem } from './inspect.js';
import { walkLog, type LogDamage } from './log-walk.js';
import { QueueCheck } from './queue-check.js';
import { readQueueManifest } from './queue-manifest.js';
import { defaultStoreOptions } from './store-options.js';

/** More problems than these are counted, not listed. */
const MOST_PROBLEMS = 1000;

/** What verifyStore() found. */
export interface StoreReport {
  directory: string;
  wasStoppedCleanly: boolean;
  commitLog: { files: number; fileSize: number; startOffset: number; endOffset: number; records: number };
  consumeQueues: { queues: number; entries: number; wrong: readonly { topic: string; queueId: number }[] };
  index: { files: number; entries: number };
  /** The first of them. */
  problems: readonly StoreProblem[];
  /** All of them. */
  problemCount: number;
  /** How many are errors. */
  errorCount: number;
  /** Parts of the log that are no records, for repair. */
  damages: readonly LogDamage[];
}

/** Of verifyStore(). */
export interface VerifyOptions {
  indexSize?: IndexSize;
  onProgress?: ProgressListener;
}

/**
 * Reads a whole store, Apache's or ours, and says what is wrong with it. Changes nothing.
 * @throws ConfigurationError there is no store
 * @throws StoreLockedError a broker is at work on it
 */
export async function verifyStore(
  fileSystem: FileSystem,
  directory: string,
  options: VerifyOptions = {},
): Promise<StoreReport> {
  const layout = await readStoreLayout(fileSystem, directory);
  const lock = await lockIfThere(fileSystem, layout);
  try {
    return await new Verification(fileSystem, layout, options).run();
  } finally {
    await layout.openFiles.closeAll();
    await lock?.release();
  }
}

/** Without the file no broker is at work, and none is made. */
async function lockIfThere(fileSystem: FileSystem, { paths }: StoreLayout): Promise<FileLock | undefined> {
  if (!(await fileSystem.status(paths.lock))) return undefined;
  const lock = await fileSystem.lock(paths.lock);
  if (!lock) throw new StoreLockedError(paths.root);
  return lock;
}

class Verification {
  private readonly problems: StoreProblem[] = [];
  private problemCount = 0;
  private errorCount = 0;

  constructor(
    private readonly fileSystem: FileSystem,
    private readonly layout: StoreLayout,
    private readonly options: VerifyOptions,
  ) {}

  async run(): Promise<StoreReport> {
    const { layout, fileSystem, options } = this;
    const { log, paths, wasStoppedCleanly } = layout;
    const report = (problem: StoreProblem): void => this.report(problem);
    const { maxHashSlotNum, maxIndexNum } = defaultStoreOptions;
    const indexSize = options.indexSize ?? { slots: maxHashSlotNum, entries: maxIndexNum };
    const queues = new QueueCheck(fileSystem, layout, report);
    const index = new IndexCheck(fileSystem, layout, indexSize, report);
    for await (const flaw of flawsOf(fileSystem, log)) this.report({ severity: 'error', ...flaw });
    let records = 0;
    const walk = await walkLog(
      log,
      (bytes, position, _physicalOffset, recordLayout) => {
        const request = dispatchRequestOf(bytes, position, recordLayout, []);
        records++;
        queues.add(request);
        index.add(request);
      },
      async (physicalOffset) => {
        await queues.settle();
        await index.settle();
        options.onProgress?.(physicalOffset - log.startOffset, log.endOffset - log.startOffset);
      },
    );
    for (const damage of walk.damages) this.reportDamage(damage);
    await queues.finish(walk.endOffset);
    await index.finish();
    await this.checkEnd(walk.endOffset);
    await this.checkTables();
    options.onProgress?.(log.endOffset - log.startOffset, log.endOffset - log.startOffset);
    return {
      directory: paths.root,
      wasStoppedCleanly,
      commitLog: {
        files: log.fileStarts.length,
        fileSize: log.fileSize,
        startOffset: log.startOffset,
        endOffset: walk.endOffset,
        records,
      },
      consumeQueues: { queues: queues.queueCount, entries: queues.entryCount, wrong: queues.wrongQueues },
      index: { files: index.fileCount, entries: index.entryCount },
      problems: this.problems,
      problemCount: this.problemCount,
      errorCount: this.errorCount,
      damages: walk.damages,
    };
  }

  private report(problem: StoreProblem): void {
    this.problemCount++;
    if (problem.severity === 'error') this.errorCount++;
    if (this.problems.length < MOST_PROBLEMS) this.problems.push(problem);
  }

  /** A log may end in a record that was never completed; but not after a clean stop, and not in front of others. */
  private reportDamage({ from, to, reason }: LogDamage): void {
    const { log, wasStoppedCleanly } = this.layout;
    const isTail = to === undefined && !wasStoppedCleanly;
    const start = log.startOf(from);
    const extent = to === undefined ? 'no record follows' : `${to - from} bytes up to the next record`;
    this.report({
      severity: isTail ? 'warning' : 'error',
      file: log.pathOf(start),
      position: from - start,
      what: `${reason} (${extent})`,
    });
  }

  /** What is known to have been on the disk has to be there. */
  private async checkEnd(endOffset: number): Promise<void> {
    const { paths, log } = this.layout;
    const checkpoint = await readCheckpoint(this.fileSystem, paths.checkpoint);
    const manifest = await readQueueManifest(this.fileSystem, paths.queueManifest, checkpoint, { readOnly: true });
    if (!manifest || manifest.flushedOffset <= endOffset || manifest.flushedOffset === log.endOffset) return;
    const start = log.startOf(endOffset);
    this.report({
      severity: 'error',
      file: log.pathOf(start),
      position: endOffset - start,
      what: `the log ends at ${endOffset}, but it had been flushed up to ${manifest.flushedOffset}`,
    });
  }

  private async checkTables(): Promise<void> {
    const { config } = this.layout.paths;
    for (const name of await this.fileSystem.list(config)) {
      if (!name.endsWith('.json')) continue;
      const path = join(config, name);
      const text = (await readWhole(this.fileSystem, path))?.toString('utf8') ?? '';
      try {
        parseFastjson(text);
      } catch (error) {
        this.report({ severity: 'warning', file: path, what: `${String(error)}; the .bak is taken instead` });
      }
    }
  }
}
