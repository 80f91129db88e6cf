// What the store makes of the disk, beside the disk without it: appends by size, flush and number
// of senders; a cold log read; a start; the event loop while the disk is slow.
import { readBenchOptions, report, type Result } from '../support/report.js';
import { appends } from './appends.js';
import { coldRead } from './cold-read.js';
import { slowDisk } from './slow-disk.js';
import { starts } from './starts.js';

const options = readBenchOptions();
const { rounds, ms, coldMiB, startMiB, queues } = options.quick
  ? { rounds: 1, ms: 400, coldMiB: 128, startMiB: 128, queues: 1000 }
  : { rounds: 5, ms: 2000, coldMiB: 2048, startMiB: 10 * 1024, queues: 10_000 };

const results: Result[] = [];
results.push(...(await appends(rounds, ms)));
results.push(await coldRead(rounds, coldMiB));
results.push(await slowDisk(rounds, 5 * ms));
results.push(...(await starts(rounds, startMiB, queues)));
report(results, options);
