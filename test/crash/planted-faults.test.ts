import { execFile } from 'node:child_process';
import { compileSources, type SourceChange } from '../support/compiled-sources.js';
import { seed } from '../support/run-options.js';

const STORE = 'lib/engine/store';
/** More than enough for each fault below to meet the crash that shows it. */
const POINTS = 20_000;

/** What a careless change could do to the store; the laboratory has to notice each. */
const faults: (SourceChange & { name: string })[] = [
  {
    name: 'a message is acknowledged before its fsync',
    file: `${STORE}/message-putter.ts`,
    search: 'const waits = this.isSync &&',
    replacement: 'const waits = false &&',
  },
  {
    name: 'a message is shown before its fsync',
    file: `${STORE}/message-putter.ts`,
    search: 'if (!this.isSync) this.dispatchUpTo(offset);',
    replacement: 'this.dispatchUpTo(offset);',
  },
  {
    name: 'the log is not synced',
    file: `${STORE}/commit-log.ts`,
    search: 'sync: (from, to) => files.datasync(from, to),',
    replacement: 'sync: () => Promise.resolve(),',
  },
  {
    name: 'an fsync is taken to cover what was written after it began',
    file: `${STORE}/flush-service.ts`,
    search: `      this.flushed = target;`,
    replacement: `      this.flushed = this.written;\n      this.dependencies.onFlushed(this.written);`,
  },
  {
    name: 'the directory of a new log file is not synced',
    file: `${STORE}/log-file-queue.ts`,
    search: 'if (durable) await this.fileSystem.syncDirectory(this.directory);',
    replacement: '',
  },
  {
    name: 'the directory of the log is not synced into the one above',
    file: `${STORE}/crash-safe-file.ts`,
    search: '  await fileSystem.syncDirectory(parent);',
    replacement: '',
  },
  {
    name: 'a checkpoint speaks of queues that are not synced',
    file: `${STORE}/checkpointer.ts`,
    search: '    await queues.sync();',
    replacement: '    await queues.write(1);',
  },
  {
    name: 'a checkpoint speaks of an index that is not synced',
    file: `${STORE}/checkpointer.ts`,
    search: '    await index?.sync();',
    replacement: '    await index?.write();',
  },
  {
    name: 'a checkpoint speaks of records that are not synced',
    file: `${STORE}/checkpointer.ts`,
    search: `    await log.flushAll();
    if (log.flushedOffset < dispatchedOffset) throw new StoreFailedError('the log could not be flushed');`,
    replacement: '',
  },
  {
    name: 'a recovery leaves torn records behind the end',
    file: `${STORE}/recovery.ts`,
    search: '    await files.clearFrom(end.offset, { durable: true });',
    replacement: '',
  },
  {
    name: 'a recovery shows what a killed process left unsynced',
    file: `${STORE}/recovery.ts`,
    search: '      await this.makeDurable(queuesFrom, end.offset);',
    replacement: '',
  },
  {
    name: 'a recovery believes bodies without looking at their CRC',
    file: `${STORE}/recovery.ts`,
    search: '{ checkCrc: options.checkCRCOnRecover }',
    replacement: '{ checkCrc: false && options.checkCRCOnRecover }',
  },
  {
    name: 'a recovery believes properties whose sectors are lost',
    file: `${STORE}/record-check.ts`,
    search: "if (isZero(bytes, position + from, position + to)) return damaged('a sector of the properties is zeros');",
    replacement: '',
  },
  {
    name: 'queue offsets begin anew after a recovery',
    file: `${STORE}/consume-queue.ts`,
    search: 'this.nextOffset = this.windowStart = this.written = this.synced = state.maxOffset;',
    replacement: 'this.windowStart = this.written = this.synced = state.maxOffset; this.nextOffset = 0;',
  },
  {
    name: 'nothing tells a crash from a clean stop',
    file: `${STORE}/disk-message-store.ts`,
    search: '    await this.writeAbortFile();',
    replacement: '',
  },
];

/** @returns what the laboratory found; undefined: nothing */
async function laboratory(points: number, change?: SourceChange): Promise<string | undefined> {
  const sources = compileSources(change);
  try {
    const script = sources.pathOf('test/support/crash-lab-process.ts');
    return await new Promise((resolve, reject) => {
      execFile(process.execPath, [script, String(seed), String(points)], (error, stdout, stderr) => {
        if (error && error.code !== 1) reject(new Error(`the laboratory did not run: ${stderr}`));
        else resolve(error ? stdout : undefined);
      });
    });
  } finally {
    sources.remove();
  }
}

it('the store as it is survives', async () => {
  expect(await laboratory(1000)).toBeUndefined();
});

it.each(faults)('is caught: $name', async (fault) => {
  expect(await laboratory(POINTS, fault)).toMatch(/Error/);
});
