import { NodeRandom } from '../../../../lib/engine/platform/node-random.js';

it('gives no byte twice, however its pool is cut', () => {
  const random = new NodeRandom();
  const drawn = Array.from({ length: 1000 }, () => random.bytes(16));
  expect(drawn.every(({ length }) => length === 16)).toBe(true);
  expect(new Set(drawn.map((bytes) => bytes.toString('hex'))).size).toBe(1000);
});

it('gives more than its pool holds', () => {
  expect(new NodeRandom().bytes(10_000)).toHaveLength(10_000);
});
