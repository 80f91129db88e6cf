import fc from 'fast-check';
import { encodeFrame } from '../../../../lib/engine/protocol/frame-codec.js';
import { FrameWriter } from '../../../../lib/engine/protocol/frame-writer.js';
import { numbered, response, type RemotingCommand } from '../../../../lib/engine/protocol/remoting-command.js';

const bytesOf = (commands: readonly RemotingCommand[]): string =>
  Buffer.concat(commands.flatMap((command) => encodeFrame(command))).toString('hex');

const sent = (opaque: number): RemotingCommand =>
  numbered(response(0, { extFields: { msgId: '7F00000100002A9F0000000000000000', queueId: '3' } }), opaque, 1);

test('the frames are those of encodeFrame(), one behind the other', () => {
  const texts = fc.oneof(fc.string(), fc.string({ unit: 'binary' }));
  const commands = fc.array(
    fc.record({
      code: fc.integer(),
      flag: fc.integer(),
      opaque: fc.integer(),
      version: fc.integer(),
      language: texts,
      remark: fc.option(texts, { nil: undefined }),
      extFields: fc.dictionary(texts, texts),
      body: fc.option(fc.oneof(fc.uint8Array(), fc.constantFrom(new Uint8Array(8192), new Uint8Array(8193))), {
        nil: undefined,
      }),
    }),
  );
  const writer = new FrameWriter(); // keeps what it learns of one turn for the next
  fc.assert(
    fc.property(commands, (given) => {
      const all = given.map((command) => ({ ...command, body: command.body && Buffer.from(command.body) }));
      for (const command of all) writer.append(command);
      const length = writer.byteLength;
      const written = Buffer.concat(writer.take());
      expect(written.length).toBe(length);
      expect(written.toString('hex')).toBe(bytesOf(all));
    }),
  );
});

test('many small frames leave as few pieces, also when there are more than in the turn before', () => {
  const writer = new FrameWriter();
  for (const count of [1, 1000, 1000]) {
    const commands = Array.from({ length: count }, (_, i) => sent(i));
    for (const command of commands) writer.append(command);
    const pieces = writer.take();
    expect(Buffer.concat(pieces).toString('hex')).toBe(bytesOf(commands));
    expect(pieces.length).toBeLessThanOrEqual(1 + Math.ceil((count * 200) / 60_000));
  }
});

test('a header longer than usual is written as well', () => {
  const command = response(0, { extFields: { offsets: '1;'.repeat(10_000) } });
  const writer = new FrameWriter();
  writer.append(sent(1));
  writer.append(command);
  expect(Buffer.concat(writer.take()).toString('hex')).toBe(bytesOf([sent(1), command]));
});

test.each([900, 1000, 1100, 8000, 65_000, 65_500, 66_000])(
  'so is one with a text of %i characters, and a body',
  (length) => {
    const commands = ['x', '"', 'é'].map((character) => {
      const msgId = character.padStart(length, '7');
      return numbered(response(0, { extFields: { msgId, queueId: '3' }, body: Buffer.alloc(8192, 1) }), 1, 1);
    });
    const writer = new FrameWriter();
    for (const command of commands) writer.append(command);
    expect(Buffer.concat(writer.take()).toString('hex')).toBe(bytesOf(commands));
  },
);

test('ext values that are no texts are written as JSON has them', () => {
  const extFields = { number: 5, none: undefined } as unknown as Record<string, string>;
  const writer = new FrameWriter();
  writer.append(response(0, { extFields }));
  expect(Buffer.concat(writer.take()).toString('hex')).toBe(bytesOf([response(0, { extFields })]));
});

test('what was taken is not written to again', () => {
  const writer = new FrameWriter();
  writer.append(sent(1));
  const [first] = writer.take();
  const before = first.toString('hex');
  for (let i = 2; i < 50; i++) writer.append(sent(i));
  expect(first.toString('hex')).toBe(before);
});

test('a large body is the caller’s own buffer', () => {
  const body = Buffer.alloc(50_000, 5);
  const writer = new FrameWriter();
  writer.append(sent(1));
  writer.append(response(0, { body }));
  const pieces = writer.take();
  expect(pieces).toHaveLength(2);
  expect(pieces[1]).toBe(body);
});

test('a frame that is too large is refused and leaves nothing behind', () => {
  const writer = new FrameWriter();
  expect(() => writer.append(response(0, { remark: 'r'.repeat(1024 * 1024) }))).toThrow('a header of');
  expect(() => writer.append(response(0, { body: Buffer.alloc(16 * 1024 * 1024) }))).toThrow('a body of');
  expect(writer.byteLength).toBe(0);
});
