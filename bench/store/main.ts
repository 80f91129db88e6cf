// What the store makes of the disk, beside the disk without it: appends by size, flush and number
// of senders; a cold log read; a start; the event loop while the disk is slow. In about seven minutes.
// `--only appends,cold,slow,starts`: some of it. With --soak [--minutes N] instead: hours of a broker in minutes, with what must not grow.
import { readBenchOptions, report, type Result } from '../support/report.js';
import { appends } from './appends.js';
import { coldRead } from './cold-read.js';
import { slowDisk } from './slow-disk.js';
import { soak } from './soak.js';
import { starts } from './starts.js';

const options = readBenchOptions();
const args = process.argv.slice(2);
if (args.includes('--soak')) {
  const at = args.indexOf('--minutes');
  await soak(at < 0 ? 10 : Number(args[at + 1]));
} else {
  const { rounds, ms, coldMiB, startMiB, queues } = options.quick
    ? { rounds: 1, ms: 400, coldMiB: 128, startMiB: 128, queues: 1000 }
    : { rounds: 3, ms: 2000, coldMiB: 2048, startMiB: 10 * 1024, queues: 10_000 };

  const parts: Record<string, () => Promise<Result[]>> = {
    appends: () => appends(rounds, ms),
    cold: async () => [await coldRead(rounds, coldMiB)],
    slow: async () => [await slowDisk(rounds, 3 * ms)],
    starts: () => starts(rounds, startMiB, queues),
  };
  const at = args.indexOf('--only');
  const wanted = at < 0 ? Object.keys(parts) : args[at + 1].split(',');
  const results: Result[] = [];
  for (const part of wanted) results.push(...(await parts[part]()));
  report(results, options);
}
