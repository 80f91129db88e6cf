import fc from 'fast-check';
import { ProtocolError } from '../../../../lib/engine/common/errors.js';
import { decodeFrame, encodeFrame, HeaderForm, LENGTH_BYTES } from '../../../../lib/engine/protocol/frame-codec.js';
import { decodeCompactHeader } from '../../../../lib/engine/protocol/header-compact.js';
import { decodeJsonHeader } from '../../../../lib/engine/protocol/header-json.js';
import { numbered, request, response, type RemotingCommand } from '../../../../lib/engine/protocol/remoting-command.js';
import { RequestCode } from '../../../../lib/engine/protocol/request-code.js';

function decode(frame: Buffer): RemotingCommand {
  expect(frame.readInt32BE(0)).toBe(frame.length - LENGTH_BYTES);
  return decodeFrame(frame, LENGTH_BYTES, frame.length);
}

/** Encoded by Apache 5.3.3: response code 0, opaque 7, remark "rm", ext k=v, version 0. */
const APACHE_COMPACT = Buffer.from(
  '000000230100001f0000000000000000070000000100000002726d0000000800016b0000000176',
  'hex',
);

describe('the binary form', () => {
  test('of Apache’s is read, and written byte for byte', () => {
    const command = {
      code: 0,
      language: 'JAVA',
      version: 0,
      opaque: 7,
      flag: 1,
      remark: 'rm',
      extFields: { k: 'v' },
      body: undefined,
    };
    expect(decode(APACHE_COMPACT)).toEqual(command);
    expect(Buffer.concat(encodeFrame(command, HeaderForm.compact)).toString('hex')).toBe(
      APACHE_COMPACT.toString('hex'),
    );
  });

  test('brings pop codes cut to 16 bits; they are known again, but only in requests', () => {
    const header = Buffer.alloc(21);
    header.writeInt16BE(3442, 0);
    expect(decodeCompactHeader(header).code).toBe(RequestCode.POP_MESSAGE);
    header.writeInt16BE(3543, 0);
    expect(decodeCompactHeader(header).code).toBe(RequestCode.BATCH_ACK_MESSAGE);
    header.writeInt32BE(1, 9);
    expect(decodeCompactHeader(header).code).toBe(3543);
  });

  test('cannot carry a code beyond 16 bits', () => {
    expect(() => encodeFrame(request(RequestCode.POP_MESSAGE), HeaderForm.compact)).toThrow('use the JSON form');
  });

  test('an unknown language is no error', () => {
    const header = Buffer.alloc(21);
    header[2] = 200;
    expect(decodeCompactHeader(header).language).toBe('OTHER');
  });

  test('entries without name or value count as absent, of two equal names the later wins', () => {
    const command = numbered(request(1, { extFields: { '': 'x', empty: '', a: '1', b: '2' } }), 1, 0);
    const frame = Buffer.concat(encodeFrame(command, HeaderForm.compact));
    frame.write('a', frame.indexOf('b'));
    expect(decode(frame).extFields).toEqual({ a: '2' });
  });

  test('a name like __proto__ changes nothing', () => {
    const extFields = Object.fromEntries([
      ['__proto__', 'x'],
      ['constructor', 'y'],
    ]) as Record<string, string>;
    const { extFields: decoded } = decode(Buffer.concat(encodeFrame(request(1, { extFields }), HeaderForm.compact)));
    expect(Object.getPrototypeOf(decoded)).toBe(Object.prototype);
    expect(decoded.constructor).toBe('y');
  });
});

describe('the JSON form', () => {
  test('has Java’s keys in Java’s order', () => {
    const [frame] = encodeFrame(numbered(request(105, { extFields: { topic: 'T' } }), 3, 0));
    expect(frame.toString('utf8', 8)).toBe(
      '{"code":105,"extFields":{"topic":"T"},"flag":0,"language":"NODE_JS","opaque":3,"serializeTypeCurrentRPC":"JSON","version":479}',
    );
  });

  test('is read as tolerantly as Apache does', () => {
    expect(
      decodeJsonHeader(
        '{"code":30,"language":"KLINGON","extFields":{"queueId":0,"ok":true,"none":null,"deep":{"a":1}},"x":[]}',
      ),
    ).toEqual({
      code: 30,
      flag: 0,
      opaque: 0,
      language: 'KLINGON',
      version: 0,
      remark: undefined,
      extFields: { queueId: '0', ok: 'true', deep: '{"a":1}' },
    });
    expect(decodeJsonHeader('{"code":"34","opaque":-5,"extFields":null}')).toMatchObject({
      code: 34,
      opaque: -5,
      extFields: {},
    });
  });

  test.each([
    ['{', 'not JSON'],
    ['', 'not JSON'],
    ['null', 'not a JSON object'],
    ['[1]', 'not a JSON object'],
    ['{"code":1.5}', 'code is not a 32-bit integer'],
    ['{"code":"x"}', 'code is not a 32-bit integer'],
    ['{"opaque":4294967296}', 'opaque is not'],
    ['{"flag":{}}', 'flag is not'],
    ['{"version":1e400}', 'version is not'],
    ['{"extFields":[]}', 'extFields is not a JSON object'],
    ['{"extFields":"x"}', 'extFields is not a JSON object'],
    [`{"extFields":${'['.repeat(100_000)}`, 'not JSON'],
  ])('%# is refused', (text, message) => {
    expect(() => decodeJsonHeader(text)).toThrow(ProtocolError);
    expect(() => decodeJsonHeader(text)).toThrow(message);
  });

  test('a name like __proto__ changes nothing', () => {
    const { extFields } = decodeJsonHeader('{"extFields":{"__proto__":{"x":1},"number":1}}');
    expect((extFields as { x?: unknown }).x).toBeUndefined();
    expect(({} as { x?: unknown }).x).toBeUndefined();
  });
});

const int32 = fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 });
const text = fc.string({ unit: 'binary', minLength: 1, maxLength: 30 });

const anyCommand = fc.record({
  code: fc.integer({ min: -0x8000, max: 3000 }),
  flag: fc.constantFrom(0, 1, 2),
  opaque: int32,
  language: fc.constantFrom('JAVA', 'GO', 'NODE_JS'),
  version: fc.nat(1000),
  remark: fc.option(text, { nil: undefined }),
  extFields: fc.dictionary(
    text.filter((name) => name !== '__proto__'),
    text,
  ),
  body: fc.option(
    fc.uint8Array({ minLength: 1, maxLength: 100 }).map((bytes) => Buffer.from(bytes)),
    { nil: undefined },
  ),
});

test.each(Object.entries(HeaderForm))('any command is read as it was written in the %s form', (_name, form) => {
  fc.assert(
    fc.property(anyCommand, (command) => {
      expect(decode(Buffer.concat(encodeFrame(command, form)))).toEqual(command);
    }),
  );
});

test('a large body is not copied', () => {
  const body = Buffer.alloc(100_000, 7);
  const [head, tail] = encodeFrame(response(0, { body }));
  expect(tail).toBe(body);
  expect(decode(Buffer.concat([head, tail])).body).toEqual(body);
});

test('what is beyond the limits is refused before it is sent', () => {
  expect(() => encodeFrame(request(10, { body: Buffer.alloc(16 * 1024 * 1024) }))).toThrow(
    'a body of 16777216 bytes is beyond',
  );
  expect(() => encodeFrame(request(10, { remark: 'r'.repeat(1024 * 1024) }))).toThrow('a header of');
});

describe('a frame that makes no sense is refused', () => {
  const frame = (head: string, rest = ''): Buffer => Buffer.from(head + rest, 'hex');

  test.each([
    ['too short for a header length', frame('000001')],
    ['a header longer than the frame', frame('00000003', '7b7d')],
    ['an unknown form', frame('02000002', '7b7d')],
    ['a form of -1', frame('ff000002', '7b7d')],
    ['no JSON', frame('00000002', '7b7b')],
    ['no header at all', frame('00000000')],
    ['a compact header that is cut', frame('01000003', '000000')],
    ['a compact remark that is too long', frame('01000015', '0000000000000000000000000000000fff00000000')],
    ['a compact remark of negative length', frame('01000015', '00000000000000000000000000ffffffff00000000')],
    ['compact fields beyond the header', frame('01000015', '0000000000000000000000000000000000000000ff')],
    ['a compact name beyond the fields', frame('01000019', '0000000000000000000000000000000000000000040fff0000')],
    ['an odd tail of the compact fields', frame('01000016', '00000000000000000000000000000000000000000100')],
  ])('%s', (_name, bytes) => {
    expect(() => decodeFrame(bytes, 0, bytes.length)).toThrow(ProtocolError);
  });
});
