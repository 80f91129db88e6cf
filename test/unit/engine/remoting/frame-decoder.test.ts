import fc from 'fast-check';
import { ProtocolError } from '../../../../lib/engine/common/errors.js';
import { encodeFrame, HeaderForm } from '../../../../lib/engine/protocol/frame-codec.js';
import { numbered, request, type RemotingCommand } from '../../../../lib/engine/protocol/remoting-command.js';
import { FrameDecoder } from '../../../../lib/engine/remoting/frame-decoder.js';

const commands = [
  numbered(request(10, { extFields: { topic: 'T' }, body: Buffer.from('hello') }), 1, 0),
  numbered(request(34), 2, 0),
  numbered(request(11, { extFields: { t: 'ü' }, body: Buffer.alloc(900, 1) }), 3, 0),
];
const stream = Buffer.concat(
  commands.flatMap((command, index) => encodeFrame(command, index === 1 ? HeaderForm.compact : HeaderForm.json)),
);

function decodeAll(chunks: Buffer[]): RemotingCommand[] {
  const decoder = new FrameDecoder();
  const decoded: RemotingCommand[] = [];
  for (const chunk of chunks) decoder.decode(chunk, (command) => decoded.push(command));
  expect(decoder.pendingBytes).toBe(0);
  return decoded;
}

describe('FrameDecoder', () => {
  test('many frames may come at once', () => {
    expect(decodeAll([stream])).toEqual(commands);
  });

  test('a frame may come byte by byte', () => {
    expect(decodeAll(Array.from(stream, (byte) => Buffer.from([byte])))).toEqual(commands);
  });

  test('frames may be cut anywhere', () => {
    const cuts = fc.array(fc.nat(stream.length), { maxLength: 12 }).map((any) => any.sort((a, b) => a - b));
    fc.assert(
      fc.property(cuts, (positions) => {
        const borders = [0, ...positions, stream.length];
        const chunks = borders.slice(1).map((end, index) => stream.subarray(borders[index], end));
        expect(decodeAll(chunks)).toEqual(commands);
      }),
    );
  });

  test('a frame that is never completed is never delivered', () => {
    for (let length = 0; length < 200; length++) {
      const decoder = new FrameDecoder();
      const decoded: RemotingCommand[] = [];
      decoder.decode(stream.subarray(0, length), (command) => decoded.push(command));
      const whole = stream.readInt32BE(0) + 4;
      expect(decoded).toHaveLength(length < whole ? 0 : 1 + Number(length >= whole + 29));
      expect(decoder.pendingBytes).toBeLessThanOrEqual(length);
    }
  });

  test('what a length promises is not allocated before it comes', () => {
    const decoder = new FrameDecoder();
    const promise = Buffer.alloc(4);
    promise.writeInt32BE(16_777_212);
    const before = process.memoryUsage().arrayBuffers;
    decoder.decode(promise, () => {});
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(1_000_000);
    expect(decoder.pendingBytes).toBe(4);
  });

  test('the largest frame is 16 MiB, its length field included', () => {
    const body = Buffer.alloc(15 * 1024 * 1024);
    const [head, tail] = encodeFrame(request(10, { body }));
    const rest = Buffer.alloc(16 * 1024 * 1024 - head.length - tail.length);
    head.writeInt32BE(16 * 1024 * 1024 - 4, 0);
    const [command] = decodeAll([head, tail, rest]);
    expect(command.body).toHaveLength(tail.length + rest.length);
  });

  test.each([
    ['0', 0],
    ['1', 1],
    ['3', 3],
    ['-1', -1],
    ['the smallest', -(2 ** 31)],
    ['the largest', 2 ** 31 - 1],
    ['the limit + 1', 16_777_213],
    ['GET ', Buffer.from('GET ').readInt32BE()],
    ['a TLS handshake', 0x16030100],
  ])('a length of %s is refused, frames before it are delivered', (_name, length) => {
    const bad = Buffer.alloc(12);
    bad.writeInt32BE(length);
    const decoded: RemotingCommand[] = [];
    const decoder = new FrameDecoder();
    expect(() => decoder.decode(Buffer.concat([stream, bad]), (command) => decoded.push(command))).toThrow(
      ProtocolError,
    );
    expect(decoded).toEqual(commands);
  });
});
