import { CrashLab } from '../support/crash-lab.js';
import { cycles, seed } from '../support/run-options.js';

/** Crash points of one simulated disk, before the next begins afresh. */
const POINTS_PER_RUN = 50;

describe.each(['ASYNC_FLUSH', 'SYNC_FLUSH'] as const)('on a simulated disk, %s', (flushDiskType) => {
  const points = Math.ceil(cycles(20_000) / 2);

  it(
    `recovers an exact beginning with everything promised, at ${points} crash points`,
    async () => {
      let survived = 0;
      for (let run = 0; survived < points; run++) {
        survived += await new CrashLab({ seed: seed + run, flushDiskType, points: POINTS_PER_RUN })
          .work()
          .catch((error: unknown) => {
            throw new Error(`run ${run} (replayed by --seed ${seed + run}): ${String(error)}`, { cause: error });
          });
      }
    },
    100 * points + 60_000,
  );
});
