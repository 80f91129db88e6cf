import { seededRandom } from '../../lib/testing/seeded-random.js';
import { cycles, seed } from '../support/run-options.js';
import { plantedFaults } from './broker-faults.js';
import { fuzzBroker } from './broker-fuzzer.js';

const REQUESTS = cycles(10_000);
/** Enough for each planted fault. */
const FEW = 12_000;

const mebibytes = (bytes: number): string => (bytes / 2 ** 20).toFixed(1);

test('a broker bears whatever is asked of it, and serves whoever behaves', async () => {
  const startedAt = performance.now();
  const { failure, sent, memoryBytes } = await fuzzBroker(seededRandom(seed), REQUESTS);
  const seconds = (performance.now() - startedAt) / 1000;
  const memory = memoryBytes.map(mebibytes).join(' MiB, then ');
  process.stdout.write(`${sent} requests in ${seconds.toFixed(1)} s; memory in use ${memory} MiB\n`);
  expect(failure).toBeUndefined();
});

test.each(Object.keys(plantedFaults))('found in a broker: %s', async (fault) => {
  const { failure, sent } = await fuzzBroker(seededRandom(seed), FEW, fault);
  expect([failure, sent]).not.toEqual([undefined, sent]);
});
