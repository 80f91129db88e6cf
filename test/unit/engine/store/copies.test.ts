import { Copies } from '../../../../lib/engine/store/copies.js';

it('gives copies that share no byte, of any length', () => {
  const copies = new Copies();
  const source = Buffer.alloc(20_000);
  const made = Array.from({ length: 100 }, (_, i) => {
    const length = i % 10 === 0 ? 20_000 : i * 30;
    return copies.copyOf(source.fill(i).subarray(0, length));
  });
  made.forEach((copy, i) => expect(copy.every((byte) => byte === i)).toBe(true));
  expect(new Set(made.map(({ buffer }) => buffer)).size).toBeLessThan(20); // few allocations
});
