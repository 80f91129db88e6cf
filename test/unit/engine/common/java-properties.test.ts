import { parseJavaProperties } from '../../../../lib/engine/common/java-properties.js';

function pairs(text: string): Record<string, string> {
  return Object.fromEntries(parseJavaProperties(text).map(({ name, value }) => [name, value]));
}

test('names end at =, : or white space', () => {
  expect(pairs('a=1\nb = 2\nc: 3\nd 4\n  e\t=\t5\nf=\n')).toEqual({ a: '1', b: '2', c: '3', d: '4', e: '5', f: '' });
});

test('only the first separator counts', () => {
  expect(pairs('namesrvAddr=127.0.0.1:9876;127.0.0.1:9877\na = = b')).toEqual({
    namesrvAddr: '127.0.0.1:9876;127.0.0.1:9877',
    a: '= b',
  });
});

test('comments and empty lines are left out, a sign later in a line is not a comment', () => {
  expect(pairs('# one\n  ! two\n\n\r\na=1 # no comment\r\nb=2\r')).toEqual({ a: '1 # no comment', b: '2' });
});

test('a line goes on behind a backslash that is not escaped', () => {
  expect(pairs('levels=1s \\\n  5s \\\r\n\t10s\npath=C:\\\\\nb=1\\')).toEqual({
    levels: '1s 5s 10s',
    path: 'C:\\',
    b: '1',
  });
});

test('escapes stand for their characters, in names too', () => {
  expect(pairs('a\\=b\\ c=\\u0041\\t\\:\\q')).toEqual({ 'a=b c': 'A\t:q' });
});

test('white space at the end of a value is dropped', () => {
  expect(pairs('listenPort = 10911  \t\n')).toEqual({ listenPort: '10911' });
});

test('a property knows its line', () => {
  expect(parseJavaProperties('# x\na=1\\\n2\nb=3').map(({ line }) => line)).toEqual([2, 4]);
});

test.each([
  ['a name without a value', 'a=1\nbrokerName\n', "line 2: 'brokerName' is not of the form name = value"],
  ['a value without a name', '=1', "line 1: '=1' is not of the form name = value"],
  ['half an escape', 'a=\\u12', 'line 1: \\u is not followed by four hexadecimal digits'],
])('says where there is %s', (_what, text, message) => {
  expect(() => parseJavaProperties(text)).toThrow(message);
});
