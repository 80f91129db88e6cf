import { ProtocolError } from '../../../../lib/engine/common/errors.js';
import { arrayOf, integerOf, objectOf, textOf, textsOf } from '../../../../lib/engine/common/json-fields.js';

test('fields of the right kind are taken, missing ones have their default', () => {
  expect(objectOf({ a: 1 }, 'x')).toEqual({ a: 1 });
  expect(arrayOf([1], 'x')).toEqual([1]);
  expect(arrayOf(undefined, 'x')).toEqual([]);
  expect(arrayOf(null, 'x')).toEqual([]);
  expect(textOf('t', 'x')).toBe('t');
  expect(textOf(null, 'x', 'default')).toBe('default');
  expect(integerOf(-1, 'x')).toBe(-1);
  expect(integerOf(undefined, 'x', 16)).toBe(16);
  expect(integerOf('-367331910', 'x')).toBe(-367331910);
  expect(textsOf({ a: 'b' }, 'x')).toEqual({ a: 'b' });
  expect(textsOf(undefined, 'x')).toEqual({});
});

test.each([
  ['x is missing or not an object', () => objectOf([], 'x')],
  ['x is missing or not an object', () => objectOf(null, 'x')],
  ['x is missing or not a list', () => arrayOf({}, 'x')],
  ['x is missing or not a text', () => textOf(1, 'x', 'default')],
  ['x is missing or not a text', () => textOf(undefined, 'x')],
  ['x is missing or not an integer', () => integerOf('one', 'x')],
  ['x is missing or not an integer', () => integerOf('', 'x')],
  ['x is missing or not an integer', () => integerOf(1.5, 'x', 1)],
  ['x.a is missing or not a text', () => textsOf({ a: 1 }, 'x')],
])('%s', (message, read) => {
  expect(read).toThrow(new ProtocolError(message));
});
