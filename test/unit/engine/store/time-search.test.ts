import { simulatedStore, type SimulatedStore } from '../../../support/simulated-store.js';
import { messageToStore } from '../../../support/store-fixture.js';

const TIMES = [1000, 2000, 2000, 2000, 5000, 9000];
let simulated: SimulatedStore;
let start: number;

beforeEach(async () => {
  simulated = simulatedStore();
  await simulated.store.start();
  start = simulated.clock.now();
  for (const time of TIMES) {
    await simulated.clock.advance(start + time - simulated.clock.now());
    await simulated.store.put(messageToStore('T', 0, 'x'));
  }
});
afterEach(() => simulated.store.stop());

it.each([
  [0, 0, 0],
  [1000, 0, 0],
  [1500, 1, 0],
  [2000, 1, 3],
  [3000, 4, 3],
  [5000, 4, 4],
  [8999, 5, 4],
  [9000, 5, 5],
  [9001, 6, 5],
])('at %d ms: the first not before is %d, the last not after is %d', async (time, lower, upper) => {
  const { store } = simulated;
  expect(await store.offsetByTimestamp('T', 0, start + time)).toBe(lower);
  expect(await store.offsetByTimestamp('T', 0, start + time, 'upper')).toBe(upper);
});

it('knows the time of each message, and none where there is no message', async () => {
  const { store } = simulated;
  expect(await store.storeTimestampAt('T', 0, 4)).toBe(start + 5000);
  expect(await store.earliestStoreTimestamp('T', 0)).toBe(start + 1000);
  expect(await store.storeTimestampAt('T', 0, 6)).toBe(-1);
  expect(await store.earliestStoreTimestamp('T', 1)).toBe(-1);
  expect(await store.offsetByTimestamp('T', 1, start)).toBe(0);
});
