import { inflateSync } from 'node:zlib';
import { ProtocolError } from '../../lib/engine/common/errors.js';
import { parseFastjson } from '../../lib/engine/common/fastjson.js';
import { seededRandom } from '../../lib/testing/seeded-random.js';
import { seed } from '../support/run-options.js';
import { fuzz, type FuzzTarget } from './fuzzer.js';
import { frames, targets } from './targets.js';

const ROUNDS = 5000;

/** A decoder with one mistake that somebody could make. */
type Planted = readonly [fault: string, of: string, decode: FuzzTarget['decode']];

const text = (bytes: Buffer): string => bytes.toString();
const sound = (what: string, bytes: Buffer): unknown => targets[what].decode(bytes);
let calls = 0;

const planted: readonly Planted[] = [
  ['a length is used before it is checked', 'a batch', (bytes) => Buffer.alloc(bytes.readInt32BE(0)).length],
  ['a position is not checked', 'a record', (bytes) => [bytes.readInt32BE(84), sound('a record', bytes)]],
  [
    'a record of no length is read for ever',
    'a record',
    (bytes) => {
      const until = performance.now() + 1500;
      for (let at = 0; at < bytes.length && performance.now() < until;)
        at += bytes.readUInt16BE(Math.min(at, bytes.length - 2)) && 1;
      return sound('a record', bytes);
    },
  ],
  ['what was read is changed', 'a batch', (bytes) => [bytes.fill(0, 8, 9).length, sound('a batch', bytes)]],
  ['something is left from the call before', 'a batch', (bytes) => [calls++ % 7 === 0, sound('a batch', bytes)]],
  [
    'a separator is taken for granted',
    'properties',
    (bytes) =>
      text(bytes)
        .split('\x02')
        .filter(Boolean)
        .map((part) => part.split('\x01')[1].length),
  ],
  ['names become keys of a plain object', 'fastjson’s JSON', (bytes) => merge({}, parseFastjson(text(bytes)))],
  ['JSON is parsed by another parser', 'fastjson’s JSON', (bytes) => JSON.parse(text(bytes)) as unknown],
  ['depth is not bounded', 'deep JSON', (bytes) => nested(text(bytes).repeat(400), 0)],
  [
    'a field is not looked for',
    'a registration',
    (bytes) => Object.keys((parseFastjson(text(bytes)) as Fields).topicConfigSerializeWrapper as Fields).length,
  ],
  ['a number is taken for granted', 'queues', (bytes) => checkedNumber(/"perm":([^,}]*)/.exec(text(bytes))?.[1])],
  [
    'an error of a library comes through',
    'a compressed registration',
    (bytes) => inflateSync(bytes, { maxOutputLength: 1 << 20 }).length,
  ],
  [
    'what is thrown is no error',
    'queues',
    (bytes) => {
      if (!text(bytes).includes('brokerName')) throw 'no brokerName'; // eslint-disable-line @typescript-eslint/only-throw-error -- that is the fault
      return 1;
    },
  ],
  ['digits are not checked', 'a message id', (bytes) => BigInt(`0x${text(bytes)}`)],
  [
    'a list is taken for granted',
    'a heartbeat',
    (bytes) => ((parseFastjson(text(bytes)) as Fields).consumerDataSet as unknown[]).map(String),
  ],
  [
    'a list’s items are taken for granted',
    'locks',
    (bytes) =>
      ((parseFastjson(text(bytes)) as { mqSet: Fields[] }).mqSet ?? []).map(({ topic }) => (topic as string).length),
  ],
  [
    'a key is taken for JSON',
    'a broadcasting group’s offsets',
    (bytes) => Object.keys(sound('fastjson’s JSON', bytes) as Fields).map((key) => JSON.parse(key) as unknown),
  ],
  ['a filter recurses for each character', 'an SQL92 filter', (bytes) => nested(text(bytes).repeat(2000), 0)],
  [
    'an escape is not checked',
    'a properties file',
    (bytes) => JSON.parse(`"${/\\u.{0,4}/.exec(text(bytes))?.[0] ?? ''}"`) as unknown,
  ],
  ['an address is not checked', 'policies', (bytes) => 2n ** BigInt(32 - Number(/\/(\w*)"/.exec(text(bytes))?.[1]))],
  [
    'an account is taken for granted',
    'a plain_acl.yml',
    (bytes) =>
      ((parseFastjson(text(bytes)) as { accounts: Fields[] }).accounts[0].topicPerms as string[])[0]
        .split('=')[1]
        .trim(),
  ],
  ['a header is not bounded by its frame', 'frames', (bytes) => bytes.readUInt8(8 + bytes.readUIntBE(5, 3) - 1)],
];

type Fields = Record<string, unknown>;

test.each(planted)('found: %s (%s)', (_fault, of, decode) => {
  const target = of === 'frames' ? { originals: frames, mayThrow: [ProtocolError] } : targets[of];
  expect(fuzz({ ...target, decode }, seededRandom(seed), ROUNDS)).toBeDefined();
});

test('there are enough of them', () => {
  expect(planted.length).toBeGreaterThanOrEqual(20);
});

function merge(into: Fields, from: unknown): Fields {
  for (const [name, value] of Object.entries(from as Fields)) {
    if (typeof value === 'object' && value !== null)
      into[name] = merge((into[name] as Fields | undefined) ?? {}, value);
    else into[name] = value;
  }
  return into;
}

function nested(rest: string, depth: number): number {
  return rest.length <= depth ? depth : nested(rest, depth + 1);
}

function checkedNumber(digits: string | undefined): number {
  if (Number.isNaN(Number(digits))) throw new TypeError('no number');
  return Number(digits);
}
