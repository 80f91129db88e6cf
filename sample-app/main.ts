import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { crashPointNames, isCrashPoint, outboxCrashPointNames } from './crash-points.js';
import { FlagError, readFlags, usage, type Flags } from './flags.js';
import { Narrator } from './narrator.js';
import { serve } from './serve.js';
import { Shop } from './shop.js';
import { tellCrashes, tellStory } from './story.js';

const narrator = new Narrator();

async function main(flags: Flags): Promise<boolean> {
  const directory = dataDirectory(flags);
  const shop = await Shop.open({
    directory,
    split: flags.split,
    outbox: flags.outbox,
    namesrv: flags.namesrv,
    port: flags.serve ? (flags.port ?? 3000) : 0,
    logs: flags.serve ? ['error', 'warn'] : ['fatal'],
  });
  if (!flags.serve) process.once('SIGINT', () => void shop.close().then(() => process.exit(130)));
  try {
    const engine = flags.namesrv === undefined ? 'the embedded engine' : `the cluster at ${flags.namesrv}`;
    const way = flags.outbox ? ', with an outbox' : '';
    narrator.line(`An order service and a points service${flags.split ? ', a process each,' : ''} on ${engine}${way}.`);
    if (flags.serve) return await serve(shop, narrator);
    if (flags.crash) return await tellCrashes(shop, narrator, crashPointsOf(flags));
    return await tellStory(shop, narrator, crashPoint(flags));
  } finally {
    await shop.close();
  }
}

/** Named by --data and kept, or temporary and gone at the end. */
function dataDirectory({ data }: Flags): string {
  if (data === undefined) {
    const directory = mkdtempSync(join(tmpdir(), 'nestjs-rocketmq-sample-'));
    process.once('exit', () => rmSync(directory, { recursive: true, force: true }));
    return directory;
  }
  const directory = resolve(data);
  mkdirSync(directory, { recursive: true });
  return directory;
}

function crashPointsOf({ outbox }: Flags) {
  return outbox ? outboxCrashPointNames : crashPointNames;
}

/** SAMPLE_KILL_AT chooses another moment for the crash in the story. */
function crashPoint(flags: Flags) {
  const name = process.env.SAMPLE_KILL_AT ?? (flags.outbox ? 'placed' : 'committed');
  const names = crashPointsOf(flags);
  if (!isCrashPoint(name) || !names.includes(name))
    throw new FlagError(`SAMPLE_KILL_AT names no step: ${name}; there are ${names.join(', ')}`);
  return name;
}

function run(): Promise<boolean> {
  const flags = readFlags(process.argv.slice(2));
  if (!flags.help) return main(flags);
  narrator.line(usage);
  return Promise.resolve(true);
}

try {
  process.exitCode = (await run()) ? 0 : 1;
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  if (error instanceof FlagError) console.error(`\n${usage}`);
  process.exitCode = error instanceof FlagError ? 2 : 1;
}
