import { mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { compileSources } from '../support/compiled-sources.js';
import { CuttableDisk, cuttableDiskRequirement } from '../support/cuttable-disk.js';
import { checkWritten, KilledWriter } from '../support/killed-writer.js';
import { describeWhen } from '../support/requirements.js';
import { cycles, seed } from '../support/run-options.js';
import { seededRandom } from '../../lib/testing/seeded-random.js';

/** A store is given up after so many cycles, so that it fits the disk. */
const CYCLES_PER_STORE = 10;
const NOTHING = [-1, -1, -1, -1];

describeWhen(cuttableDiskRequirement(), 'an ext4 whose power is cut', () => {
  const cuts = cycles(200);

  it(
    `keeps everything that SYNC_FLUSH acknowledged, and an exact beginning with ASYNC_FLUSH, over ${cuts} cuts`,
    async () => {
      const sources = compileSources();
      const disk = new CuttableDisk();
      const directory = join(disk.path, 'store');
      const random = seededRandom(seed);
      try {
        let ends = [0, 0, 0, 0];
        for (let cycle = 0; cycle < cuts; cycle++) {
          if (cycle % CYCLES_PER_STORE === 0) {
            rmSync(directory, { recursive: true, force: true });
            mkdirSync(directory);
            ends = [0, 0, 0, 0];
          }
          const flushDiskType = random.nextInt(4) === 0 ? 'ASYNC_FLUSH' : 'SYNC_FLUSH';
          const writer = new KilledWriter(sources, directory, flushDiskType, seed + cycle);
          await writer.started();
          await pause(random.nextInt(150));
          // What is acknowledged before the cut must be there; what comes after may not have been said.
          const acknowledged = [...writer.acknowledged];
          disk.cut();
          await writer.kill();
          disk.restart();
          const promised = flushDiskType === 'SYNC_FLUSH' ? acknowledged : NOTHING;
          ends = await checkWritten(directory, flushDiskType, promised, ends);
        }
      } finally {
        disk.remove();
        sources.remove();
      }
    },
    5000 * cuts + 60_000,
  );
});
