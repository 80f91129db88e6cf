import { joined } from '../../../../lib/engine/common/joined.js';

const memory = Buffer.from('one two three');
const [one, two, three] = [memory.subarray(0, 4), memory.subarray(4, 8), memory.subarray(8)];

describe('joined()', () => {
  it('is a view on buffers that lie side by side', () => {
    const all = joined([one, two, three]);

    expect(all.toString()).toBe('one two three');
    expect(all.buffer).toBe(memory.buffer);
    expect(all.byteOffset).toBe(memory.byteOffset);
  });

  it.each([
    ['in another order', [two, one], 'two one '],
    ['with a gap', [one, three], 'one three'],
    ['from different memory', [one, Buffer.alloc(4096, 'x').subarray(0, 3)], 'one xxx'],
  ])('is a copy of those that lie %s', (_, parts, text) => {
    const all = joined(parts);

    expect(all.toString()).toBe(text);
    expect(all.buffer === memory.buffer && all.byteOffset === parts[0].byteOffset).toBe(false);
  });

  it('leaves a single one as it is, and makes nothing of none', () => {
    expect(joined([two])).toBe(two);
    expect(joined([])).toHaveLength(0);
  });
});
