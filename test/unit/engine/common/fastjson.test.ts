import fc from 'fast-check';
import { ProtocolError } from '../../../../lib/engine/common/errors.js';
import { parseFastjson, writeFastjson } from '../../../../lib/engine/common/fastjson.js';
import { seed } from '../../../support/run-options.js';

describe('parseFastjson', () => {
  it('reads integer keys without quotes, tabs and line breaks, as Apache writes its offset table', () => {
    const text = '{\n\t"offsetTable":{\n\t\t"TopicTest@group":{0:3,1:0,-1:7\n\t\t}\n\t}\n}';
    expect(parseFastjson(text)).toEqual({ offsetTable: { 'TopicTest@group': { '0': 3, '1': 0, '-1': 7 } } });
  });

  it('turns an object used as key into its JSON text', () => {
    const parsed = parseFastjson('{"offsetTable":{{"brokerName":"a","queueId":0,"topic":"T"}:{"brokerOffset":5}}}');
    expect(parsed).toEqual({ offsetTable: { '{"brokerName":"a","queueId":0,"topic":"T"}': { brokerOffset: 5 } } });
  });

  it('reads single quotes, names without quotes and trailing commas', () => {
    expect(parseFastjson("{perm:6, 'name':'it\\'s', list:[1,2,],}")).toEqual({ perm: 6, name: "it's", list: [1, 2] });
  });

  it('reads what JSON.stringify writes', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        const text = JSON.stringify(value);
        expect(JSON.stringify(parseFastjson(text))).toBe(JSON.stringify(JSON.parse(text)));
      }),
      { seed },
    );
  });

  it('keeps __proto__ and constructor as harmless names', () => {
    const parsed = parseFastjson('{"__proto__":{"polluted":true},"a":1}') as Record<string, unknown>;
    expect(Object.keys(parsed)).toEqual(['__proto__', 'a']);
    expect(({} as Record<string, unknown>).polluted).toBeUndefined();
    expect(parsed.polluted).toBeUndefined();
    expect(parsed.constructor).toBeUndefined();
  });

  it('refuses a depth bomb without exhausting the stack', () => {
    expect(() => parseFastjson('['.repeat(1_000_000))).toThrow(ProtocolError);
    expect(() => parseFastjson('{"a":'.repeat(1_000_000))).toThrow(/deeper than 64/);
    expect(() => parseFastjson('{'.repeat(1_000_000))).toThrow(/deeper than 64/);
  });

  it.each([
    '',
    '{',
    '{"a"',
    '{"a":',
    '{"a":1',
    '[1',
    '"abc',
    '{"a":1}}',
    'nul',
    '01x',
    '{,}',
    '"\\u12"',
    '"\\q"',
    '\0',
  ])('refuses %j, naming the place', (text) => {
    expect(() => parseFastjson(text)).toThrow(ProtocolError);
  });
});

describe('writeFastjson', () => {
  it('writes the keys of a Map by their kind', () => {
    expect(writeFastjson(new Map([[0, '127.0.0.1:10911']]))).toBe('{0:"127.0.0.1:10911"}');
    expect(writeFastjson(new Map([['0', 1]]))).toBe('{"0":1}');
    expect(writeFastjson(new Map([[{ queueId: 0, topic: 'T' }, 1]]))).toBe('{{"queueId":0,"topic":"T"}:1}');
  });

  it('indents by tabs as the files of Apache are', () => {
    const table = {
      dataVersion: { counter: 0 },
      offsetTable: { 'T@g': new Map([[0, 3]]), 'U@g': new Map() },
      list: [1, 2],
    };
    expect(writeFastjson(table, { pretty: true })).toBe(
      '{\n\t"dataVersion":{\n\t\t"counter":0\n\t},\n\t"offsetTable":{\n\t\t"T@g":{\n\t\t\t0:3\n\t\t},\n\t\t"U@g":{}\n\t},\n\t"list":[\n\t\t1,\n\t\t2\n\t]\n}',
    );
  });

  it('leaves undefined members out and writes 64-bit integers whole', () => {
    expect(writeFastjson({ a: undefined, b: 2n ** 63n - 1n, c: null })).toBe('{"b":9223372036854775807,"c":null}');
  });

  it('is read back by parseFastjson', () => {
    fc.assert(
      fc.property(fc.jsonValue(), fc.boolean(), (value, pretty) => {
        const parsed = parseFastjson(writeFastjson(value, { pretty }));
        expect(JSON.stringify(parsed)).toBe(JSON.stringify(JSON.parse(JSON.stringify(value))));
      }),
      { seed },
    );
  });
});
