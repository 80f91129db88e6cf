import type { Random } from '../../lib/engine/ports/random.js';

/** Numbers at which lengths, counts and offsets go wrong. */
const edges = [0, 1, 2, 3, 4, 7, 8, 127, 128, 255, 256, 32_767, 32_768, 65_535, 16_777_211, 16_777_212, 16_777_213];
const wideEdges = [...edges, 2 ** 31 - 1, -(2 ** 31), -1, -2, 1_048_576, 1_048_577];

const texts = [
  '__proto__',
  'constructor',
  '../../etc/passwd',
  '\0',
  '\r\n',
  '\u001b[2J',
  '\ud800',
  '\u0001',
  '\u0002',
  '-1',
  '9223372036854775807',
  '1e400',
  '{',
  '[',
  '"',
  't'.repeat(128),
];

/** Bytes like `original`, with one to four things wrong. */
export function mutate(original: Buffer, random: Random): Buffer {
  let bytes: Buffer = Buffer.from(original);
  for (let times = 1 + random.nextInt(4); times > 0; times--) bytes = mutateOnce(bytes, random);
  return bytes;
}

/** The same bytes, cut into pieces anywhere. */
export function cut(bytes: Buffer, random: Random): Buffer[] {
  const chunks: Buffer[] = [];
  for (let start = 0; start < bytes.length;) {
    const length = 1 + random.nextInt(random.nextInt(2) === 0 ? 8 : bytes.length);
    chunks.push(bytes.subarray(start, start + length));
    start += length;
  }
  return chunks;
}

function mutateOnce(bytes: Buffer, random: Random): Buffer {
  const at = random.nextInt(bytes.length + 1);
  switch (random.nextInt(8)) {
    case 0: // a bit
      if (at < bytes.length) bytes[at] ^= 1 << random.nextInt(8);
      return bytes;
    case 1: // a 32-bit number
      if (at + 4 <= bytes.length) bytes.writeInt32BE(pick(wideEdges, random), at);
      return bytes;
    case 2: // a 16-bit number
      if (at + 2 <= bytes.length) bytes.writeUInt16BE(pick(edges, random) & 0xffff, at);
      return bytes;
    case 3: // an end
      return bytes.subarray(0, at);
    case 4: // a hole
      return Buffer.concat([bytes.subarray(0, at), bytes.subarray(at + 1 + random.nextInt(16))]);
    case 5: // a repetition
      return Buffer.concat([bytes.subarray(0, at), bytes.subarray(Math.max(0, at - 1 - random.nextInt(64)))]);
    case 6: // a text
      return Buffer.concat([bytes.subarray(0, at), Buffer.from(pick(texts, random)), bytes.subarray(at)]);
    default: // noise
      return Buffer.concat([bytes.subarray(0, at), random.bytes(random.nextInt(32)), bytes.subarray(at)]);
  }
}

export function pick<T>(items: readonly T[], random: Random): T {
  return items[random.nextInt(items.length)];
}
