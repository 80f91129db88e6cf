import fc from 'fast-check';
import { scanJsonHeader } from '../../../../lib/engine/protocol/header-json-scan.js';
import { decodeJsonHeader, encodeJsonHeader } from '../../../../lib/engine/protocol/header-json.js';

/** As Apache's Java client writes a send. */
const SENT_BY_JAVA =
  '{"code":310,"extFields":{"a":"group","b":"TopicTest","e":"3","i":"UNIQ_KEY\\u00017F00\\u0002K\\u0001a=\\"b\\"\\\\\\u0002"},' +
  '"flag":0,"language":"JAVA","opaque":4711,"serializeTypeCurrentRPC":"JSON","version":479}';

test('what Java’s client sends is read', () => {
  expect(scanJsonHeader(SENT_BY_JAVA)).toEqual({
    code: 310,
    flag: 0,
    opaque: 4711,
    language: 'JAVA',
    version: 479,
    remark: undefined,
    extFields: { a: 'group', b: 'TopicTest', e: '3', i: 'UNIQ_KEY\x017F00\x02K\x01a="b"\\\x02' },
  });
});

test('whatever header there is, it is read as JSON.parse reads it', () => {
  const int32 = fc.integer();
  const text = fc.string({ unit: 'binary' });
  const name = text.filter((given) => given !== '__proto__');
  const header = fc.record({
    code: int32,
    flag: int32,
    opaque: int32,
    version: int32,
    language: text,
    remark: fc.option(text, { nil: undefined }),
    extFields: fc.dictionary(name, text),
  });
  fc.assert(
    fc.property(header, (given) => {
      expect(scanJsonHeader(encodeJsonHeader(given))).toEqual(given);
    }),
  );
});

test.each([
  ['white space', '{"code": 310}'],
  ['a number among the ext values', '{"code":310,"extFields":{"e":3}}'],
  ['no ext fields', '{"code":310,"extFields":null}'],
  ['a number as text', '{"code":"310"}'],
  ['a fraction', '{"code":310.5}'],
  ['an exponent', '{"code":31e1}'],
  ['a leading zero', '{"code":0310}'],
  ['a code beyond 32 bits', '{"code":4294967296}'],
  ['an unknown key', '{"code":310,"more":"x"}'],
  ['__proto__', '{"code":310,"extFields":{"__proto__":"x"}}'],
  ['something behind', '{"code":310}x'],
  ['no end', '{"code":310'],
  ['a text without an end', '{"language":"JAVA'],
  ['a text that ends with its escape', '{"language":"JAVA\\"'],
  ['a wrong escape', '{"language":"\\x41"}'],
  ['nothing', ''],
  ['an empty object', '{}'],
  ['an array', '[1]'],
])('%s is left to JSON.parse', (_what, text) => {
  expect(scanJsonHeader(text)).toBeUndefined();
});

test('a name twice: the later wins, as in JSON', () => {
  const text = '{"code":1,"code":2,"extFields":{"a":"x","a":"y"}}';
  expect(scanJsonHeader(text)).toMatchObject({ code: 2, extFields: { a: 'y' } });
  expect(decodeJsonHeader(text)).toMatchObject({ code: 2, extFields: { a: 'y' } });
});
