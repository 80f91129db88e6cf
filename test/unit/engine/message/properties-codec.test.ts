import fc from 'fast-check';
import { decodeProperties, encodeProperties, isPropertyText } from '../../../../lib/engine/message/properties-codec.js';

const word = fc.string({ minLength: 1 }).filter(isPropertyText);

test('what was encoded is decoded', () => {
  fc.assert(
    fc.property(fc.array(fc.tuple(word, word)), (entries) => {
      expect(decodeProperties(encodeProperties(new Map(entries)))).toEqual(new Map(entries));
    }),
  );
});

/** Apache's decoder, the plain way. */
function expected(text: string): Map<string, string> {
  const properties = new Map<string, string>();
  for (const item of text.split('\x02')) {
    const separator = item.indexOf('\x01');
    if (separator > 0 && separator < item.length - 1)
      properties.set(item.slice(0, separator), item.slice(separator + 1));
  }
  return properties;
}

test('any text is decoded as Apache does', () => {
  const text = fc.string({ unit: fc.constantFrom('\x01', '\x02', 'a', 'b'), maxLength: 60 });
  fc.assert(
    fc.property(text, (any) => expect(decodeProperties(any)).toEqual(expected(any))),
    { numRuns: 1000 },
  );
});

test.each([
  ['the last item may lack its end', 'a\x011\x02b\x012', { a: '1', b: '2' }],
  ['the later of two equal names wins', 'a\x011\x02a\x012\x02', { a: '2' }],
  ['items without a name or a value are dropped', '\x011\x02a\x01\x02b\x02\x02c\x013\x02', { c: '3' }],
  ['a value may hold the inner separator', 'a\x01x\x01y\x02', { a: 'x\x01y' }],
])('%s', (_name, text, properties) => {
  expect(Object.fromEntries(decodeProperties(text))).toEqual(properties);
});
