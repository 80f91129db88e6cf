import { Command } from 'commander';
import { dumpStore, repairStore, verifyStore, type StoreReport } from '../../engine/index.js';
import type { CliEnvironment } from '../cli-environment.js';
import { CommandError } from '../errors.js';
import { wholeNumber } from '../option-table.js';
import { Output } from '../output/output.js';
import type { Terminal } from '../output/terminal.js';
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
export function storeCommands({ terminal }: CliEnvironment): Command {
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
    .action((directory: string, options: CheckOptions) => verify(directory, options, outputOf(terminal, options)));
  checking('repair')
    .description('gives up what is damaged so that the rest can be used; copy the directory before')
    .option('-y, --yes', 'do it; without it the damage is shown only')
    .action((directory: string, options: CheckOptions & { yes?: boolean }) =>
      repair(directory, options, outputOf(terminal, options)),
    );
  store
    .command('dump')
    .description('prints the records of the log, one a line')
    .argument('<dir>', 'directory of the store (storePathRootDir)')
    .option('--from <offset>', 'physical offset of the first record', wholeNumber)
    .option('--count <n>', 'how many at most', wholeNumber, Number.MAX_SAFE_INTEGER)
    .option('--topic <topic>', 'only those of this topic')
    .option('--queue <id>', 'only those of this queue', wholeNumber)
    .option('--json', 'print a JSON object a line, bodies in base64')
    .action((directory: string, options: DumpOptions) => dump(directory, options, terminal));
  return store;
}

async function verify(directory: string, options: CheckOptions, output: Output): Promise<void> {
  const report = await check('verifying', directory, options, output);
  output.print(report, reportAsText(report));
  failOnErrors(report);
}

async function repair(directory: string, options: CheckOptions & { yes?: boolean }, output: Output): Promise<void> {
  if (!options.yes) {
    const report = await check('verifying', directory, options, output);
    const advice = report.problemCount > 0 ? '\nCopy the directory, then repair it with --yes.' : '';
    output.print(report, reportAsText(report) + advice);
    return;
  }
  const bar = output.progress('repairing');
  const { indexSize } = checkOf(options);
  const result = await repairStore(directory, { indexSize, onProgress: (done, total) => bar.update(done, total) });
  bar.clear();
  output.print(result, [...result.done, reportAsText(result.after)].join('\n'));
  failOnErrors(result.after);
}

async function dump(directory: string, options: DumpOptions, terminal: Terminal): Promise<void> {
  const { from, topic, queue } = options;
  let left = options.count;
  for await (const record of dumpStore(directory, { from, topic, queueId: queue })) {
    if (left-- <= 0) return;
    terminal.out(`${options.json ? recordAsJson(record) : recordAsLine(record)}\n`);
  }
}

async function check(title: string, directory: string, options: CheckOptions, output: Output): Promise<StoreReport> {
  const bar = output.progress(title);
  try {
    return await verifyStore(directory, { ...checkOf(options), onProgress: (done, total) => bar.update(done, total) });
  } finally {
    bar.clear();
  }
}

function checkOf({ hashSlots, indexEntries }: CheckOptions): { indexSize: { slots: number; entries: number } } {
  return { indexSize: { slots: hashSlots, entries: indexEntries } };
}

function outputOf(terminal: Terminal, { json }: CheckOptions): Output {
  return new Output(terminal, json === true);
}

/** Damage is what a script wants to know of. */
function failOnErrors({ errorCount, directory }: StoreReport): void {
  if (errorCount > 0) throw new CommandError(`${directory} is damaged: ${errorCount} of what was found are errors`);
}
