import { matchesTag, matchesTagsCode, parseTagExpression, tagsCode } from '../../../../lib/engine/message/tags.js';

test('the code of a tag is Java’s hash, 0 for none', () => {
  expect(tagsCode('TagA')).toBe(0x27a807);
  expect(tagsCode('TagZZZZZZ')).toBe(-367331910);
  expect(tagsCode('')).toBe(0);
  expect(tagsCode(undefined)).toBe(0);
});

test.each([undefined, '', '*'])('%j subscribes to everything', (expression) => {
  const all = parseTagExpression(expression);
  expect(all && matchesTagsCode(all, 12345)).toBe(true);
  expect(all && matchesTag(all, undefined)).toBe(true);
});

test('tags are separated by ||, spaces around them do not count', () => {
  const some = parseTagExpression(' TagA|| TagZZZZZZ ||')!;
  expect([...some.tags]).toEqual(['TagA', 'TagZZZZZZ']);
  expect(matchesTagsCode(some, tagsCode('TagA'))).toBe(true);
  expect(matchesTagsCode(some, Number(BigInt.asIntN(64, -367331910n)))).toBe(true);
  expect(matchesTagsCode(some, tagsCode('TagB'))).toBe(false);
  expect(matchesTagsCode(some, 0)).toBe(false);
});

test('tags with equal hashes are told apart by the consumer', () => {
  const [a, b] = ['Aa', 'BB'];
  expect(tagsCode(a)).toBe(tagsCode(b));
  const subscription = parseTagExpression(a)!;
  expect(matchesTagsCode(subscription, tagsCode(b))).toBe(true);
  expect(matchesTag(subscription, b)).toBe(false);
  expect(matchesTag(subscription, a)).toBe(true);
  expect(matchesTag(subscription, undefined)).toBe(false);
});

test('separators alone are no subscription', () => {
  expect(parseTagExpression('||')).toBeUndefined();
  expect(parseTagExpression(' || ')).toBeUndefined();
});
