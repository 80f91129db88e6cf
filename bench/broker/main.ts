// Our broker beside Apache's 5.3.3, both as they are started by hand, by turns under the same loads.
// Needs Linux, Java 17 and Maven.
import { spawnSync } from 'node:child_process';
import { java17AndMaven } from '../../test/interop/support/java-programs.js';
import { readBenchOptions, report, type Result } from '../support/report.js';
import { lightSends } from './light-sends.js';

const options = readBenchOptions();
const { rounds, ms } = options.quick ? { rounds: 1, ms: 1500 } : { rounds: 5, ms: 3000 };

if (!java17AndMaven.met) throw new Error(java17AndMaven.reason);
if (spawnSync(process.execPath, ['scripts/build-fast.mjs'], { stdio: 'inherit' }).status !== 0) process.exit(1);

const results: Result[] = [];
results.push(...(await lightSends(rounds, ms)));
report(results, options);
