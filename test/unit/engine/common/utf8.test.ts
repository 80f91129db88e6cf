import fc from 'fast-check';
import { utf8Length, writeUtf8 } from '../../../../lib/engine/common/utf8.js';

const anyText = fc.oneof(
  fc.string({ maxLength: 300 }),
  fc.string({ unit: 'binary', maxLength: 300 }),
  fc.constantFrom('\ud800', 'a\udfffb', '\0', 'x'.repeat(128), 'x'.repeat(129), `${'x'.repeat(127)}ä`),
);

test('gives the bytes that Node gives, and touches no others', () => {
  fc.assert(
    fc.property(anyText, (text) => {
      const expected = Buffer.from(text);
      const bytes = Buffer.alloc(expected.length + 4, 0xff);
      expect(utf8Length(text)).toBe(expected.length);
      expect(writeUtf8(bytes, 2, text)).toBe(2 + expected.length);
      expect(bytes).toEqual(Buffer.concat([Buffer.alloc(2, 0xff), expected, Buffer.alloc(2, 0xff)]));
    }),
  );
});
