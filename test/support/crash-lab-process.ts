// node crash-lab-process.js SEED POINTS: ends with 1 and the reason when the store does not survive.
import { CrashLab } from './crash-lab.js';

const [seed, points] = process.argv.slice(2).map(Number);
try {
  let run = 0;
  for (let survived = 0; survived < points; run++) {
    for (const flushDiskType of ['SYNC_FLUSH', 'ASYNC_FLUSH'] as const) {
      survived += await new CrashLab({ seed: seed + run, flushDiskType, points: 25 }).work();
    }
  }
} catch (error) {
  console.log(String(error));
  process.exitCode = 1;
}
