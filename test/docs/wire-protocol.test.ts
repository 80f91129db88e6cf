import { decodeFrame, encodeFrame, HeaderForm, LENGTH_BYTES } from '../../lib/engine/protocol/frame-codec.js';
import { numbered, request } from '../../lib/engine/protocol/remoting-command.js';
import { RequestCode } from '../../lib/engine/protocol/request-code.js';
import { docBlocks } from '../support/doc-blocks.js';

const [inJson, inBinary] = docBlocks('docs/wire-protocol.md')
  .filter(({ test }) => test === 'test/docs/wire-protocol.test.ts')
  .map(({ code }) => bytesOf(code));
const command = numbered(request(RequestCode.GET_ROUTEINFO_BY_TOPIC, { extFields: { topic: 'order' } }), 7, 0);

test.each([
  ['JSON', inJson, HeaderForm.json],
  ['binary', inBinary, HeaderForm.compact],
])('the frame with a %s header is what we write, and read', (_name, frame, form) => {
  expect(Buffer.concat(encodeFrame(command, form)).toString('hex')).toBe(frame.toString('hex'));
  expect(decodeFrame(frame, LENGTH_BYTES, frame.length)).toMatchObject({ ...command });
});

/** The bytes at the beginning of each line; what is explained stands behind two blanks or more. */
function bytesOf(block: string): Buffer {
  const lines = block.split('\n').map((line) => line.split('  ')[0].replaceAll(' ', ''));
  return Buffer.from(lines.join(''), 'hex');
}
