import { Command, InvalidArgumentError } from 'commander';
import { dumpStore, repairStore, verifyStore, type StoreReport } from '../../engine/index.js';
import { ProgressBar } from '../output/progress-bar.js';
import { recordAsJson, recordAsLine, reportAsText } from './store-texts.js';

interface CheckOptions {
  json?: boolean;
  hashSlots: number;
  indexEntries: number;
}

interface DumpOptions {
  json?: boolean;
  from?: number;
  count: number;
  topic?: string;
  queue?: number;
}

/** `rocketmq store verify|dump|repair`. */
export function storeCommands(): Command {
  const store = new Command('store').description("looks at a store directory, ours or Apache RocketMQ's");
  const checking = (name: string): Command =>
    store
      .command(name)
      .argument('<dir>', 'directory of the store (storePathRootDir)')
      .option('--hash-slots <n>', 'maxHashSlotNum of the index files', wholeNumber, 5_000_000)
      .option('--index-entries <n>', 'maxIndexNum of the index files', wholeNumber, 20_000_000)
      .option('--json', 'print the report as JSON');

  checking('verify')
    .description('reads everything and says what is wrong by file and place; changes nothing')
    .action(verify);
  checking('repair')
    .description('gives up what is damaged so that the rest can be used; copy the directory before')
    .option('-y, --yes', 'do it; without it the damage is shown only')
    .action(repair);
  store
    .command('dump')
    .description('prints the records of the log, one a line')
    .argument('<dir>', 'directory of the store (storePathRootDir)')
    .option('--from <offset>', 'physical offset of the first record', wholeNumber)
    .option('--count <n>', 'how many at most', wholeNumber, Number.MAX_SAFE_INTEGER)
    .option('--topic <topic>', 'only those of this topic')
    .option('--queue <id>', 'only those of this queue', wholeNumber)
    .option('--json', 'print a JSON object a line, bodies in base64')
    .action(dump);
  return store;
}

async function verify(directory: string, options: CheckOptions): Promise<void> {
  const report = await check('verifying', directory, options);
  print(options, report, reportAsText(report));
  if (report.errorCount > 0) process.exitCode = 1;
}

async function repair(directory: string, options: CheckOptions & { yes?: boolean }): Promise<void> {
  if (!options.yes) {
    const report = await check('verifying', directory, options);
    const advice = report.problemCount > 0 ? '\nCopy the directory, then repair it with --yes.' : '';
    print(options, report, reportAsText(report) + advice);
    return;
  }
  const bar = new ProgressBar('repairing');
  const { indexSize } = checkOf(options);
  const result = await repairStore(directory, { indexSize, onProgress: (done, total) => bar.update(done, total) });
  bar.clear();
  print(options, result, [...result.done, reportAsText(result.after)].join('\n'));
  if (result.after.errorCount > 0) process.exitCode = 1;
}

async function dump(directory: string, options: DumpOptions): Promise<void> {
  const { from, topic, queue } = options;
  let left = options.count;
  for await (const record of dumpStore(directory, { from, topic, queueId: queue })) {
    if (left-- <= 0) return;
    console.log(options.json ? recordAsJson(record) : recordAsLine(record));
  }
}

async function check(title: string, directory: string, options: CheckOptions): Promise<StoreReport> {
  const bar = new ProgressBar(title);
  try {
    return await verifyStore(directory, { ...checkOf(options), onProgress: (done, total) => bar.update(done, total) });
  } finally {
    bar.clear();
  }
}

function checkOf({ hashSlots, indexEntries }: CheckOptions): { indexSize: { slots: number; entries: number } } {
  return { indexSize: { slots: hashSlots, entries: indexEntries } };
}

function print({ json }: CheckOptions, report: object, text: string): void {
  console.log(json ? JSON.stringify(report, undefined, 2) : text);
}

function wholeNumber(text: string): number {
  if (!/^\d{1,15}$/.test(text)) throw new InvalidArgumentError('a whole number is needed.');
  return Number(text);
}
