import { setTimeout as pause } from 'node:timers/promises';
import { compileSources, type CompiledSources } from '../support/compiled-sources.js';
import { checkWritten, KilledWriter } from '../support/killed-writer.js';
import { cycles, seed } from '../support/run-options.js';
import { seededRandom } from '../../lib/testing/seeded-random.js';
import { temporaryDirectory } from '../support/store-fixture.js';

/** A directory is given up after so many cycles, to keep it small. */
const CYCLES_PER_DIRECTORY = 20;

let sources: CompiledSources;
beforeAll(() => (sources = compileSources()));
afterAll(() => sources.remove());

describe.each(['ASYNC_FLUSH', 'SYNC_FLUSH'] as const)('a process at work, %s', (flushDiskType) => {
  const kills = Math.ceil(cycles(200) / 2);

  it(
    `loses nothing that was acknowledged by ${kills} SIGKILLs`,
    async () => {
      const random = seededRandom(seed);
      let directory = temporaryDirectory();
      let ends = [0, 0, 0, 0];
      for (let cycle = 0; cycle < kills; cycle++) {
        if (cycle % CYCLES_PER_DIRECTORY === 0) {
          directory.remove();
          directory = temporaryDirectory();
          ends = [0, 0, 0, 0];
        }
        const writer = new KilledWriter(sources, directory.path, flushDiskType, seed + cycle);
        await writer.started();
        await pause(random.nextInt(200)); // how far it gets is chance, and needs none of our luck
        await writer.kill();
        ends = await checkWritten(directory.path, flushDiskType, writer.acknowledged, ends);
      }
      directory.remove();
    },
    5000 * kills + 60_000,
  );
});
