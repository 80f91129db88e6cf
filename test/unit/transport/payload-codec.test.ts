import { jsonPayloadCodec } from '../../../lib/transport/payload-codec.js';
import { UndecodableBodyError } from '../../../lib/transport/exceptions.js';
import { InvalidMessageError } from '../../../lib/engine/index.js';

const { encode, decode } = jsonPayloadCodec;

function thereAndBack(payload: unknown): unknown {
  const { body, contentType } = encode(payload);
  return decode(body, contentType);
}

describe('what is sent arrives', () => {
  it.each([
    [{ id: 1, items: ['a'] }],
    [[1, 2]],
    [42],
    [true],
    [null],
    ['text'],
    ['{"looks":"like JSON"}'],
    [''],
    ['Größe 漢字 🚀'],
    [Buffer.from([0, 255, 1])],
    [Buffer.alloc(0)],
    [{ data: 1, pattern: 'x' }],
  ])('%j', (payload) => {
    expect(thereAndBack(payload)).toEqual(payload);
  });

  it('a Uint8Array is a view, not a copy of its whole buffer', () => {
    const bytes = new Uint8Array([9, 1, 2, 9]).subarray(1, 3);
    expect(thereAndBack(bytes)).toEqual(Buffer.from([1, 2]));
  });

  it('dates become text, as in JSON', () => {
    expect(thereAndBack({ at: new Date(0) })).toEqual({ at: '1970-01-01T00:00:00.000Z' });
  });
});

describe('a body that no one marked', () => {
  it.each<[string, unknown]>([
    ['hello from Java', 'hello from Java'],
    ['{"data":{"id":1},"pattern":"p"}', { data: { id: 1 }, pattern: 'p' }],
    [' [1, 2]', [1, 2]],
    ['42', '42'],
    ['{not json', '{not json'],
    ['', ''],
  ])('%s', (text, payload) => {
    expect(decode(Buffer.from(text), undefined)).toEqual(payload);
  });

  it('is a Buffer when it is no text', () => {
    expect(decode(Buffer.from([0xff, 0xfe, 0x00]), undefined)).toEqual(Buffer.from([0xff, 0xfe, 0x00]));
  });
});

it.each([
  ['application/json;charset=UTF-8', { a: 1 }],
  ['application/vnd.api+json', { a: 1 }],
  ['text/plain', '{"a":1}'],
  ['TEXT/html; charset=utf-8', '{"a":1}'],
])('reads the content type %s', (contentType, payload) => {
  expect(decode(Buffer.from('{"a":1}'), contentType)).toEqual(payload);
});

it('leaves an unknown content type as bytes', () => {
  expect(decode(Buffer.from('x'), 'application/x-protobuf')).toEqual(Buffer.from('x'));
});

it('refuses a body that is marked as JSON and is none', () => {
  expect(() => decode(Buffer.from('{'), 'application/json')).toThrow(UndecodableBodyError);
});

it.each([[undefined], [() => 1], [Symbol('s')]])('refuses to send %p', (payload) => {
  expect(() => encode(payload)).toThrow(InvalidMessageError);
});

it('refuses what JSON cannot hold, and says why', () => {
  const circular: Record<string, unknown> = {};
  circular.self = circular;
  expect(() => encode(circular)).toThrow(/payload: cannot be written as JSON/);
  expect(() => encode({ big: 1n })).toThrow(InvalidMessageError);
});
