import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ProtocolError } from '../../lib/engine/common/errors.js';
import { decodeBatch } from '../../lib/engine/message/batch-codec.js';
import type { RemotingCommand } from '../../lib/engine/protocol/remoting-command.js';
import { decodeSendMessageRequest } from '../../lib/engine/protocol/requests/send-message.js';
import { FrameDecoder } from '../../lib/engine/remoting/frame-decoder.js';
import { seededRandom } from '../../lib/testing/seeded-random.js';
import { cycles, seed } from '../support/run-options.js';
import { fuzz, tryOnce } from './fuzzer.js';
import { cut, mutate, pick } from './mutations.js';
import { frames, targets } from './targets.js';

/** Of each decoder, see FuzzTarget#costs: about a million in all. */
const ROUNDS = cycles(60_000);
/** What fuzzers have found: of which target, and the text. */
const corpus = JSON.parse(readFileSync(join(__dirname, '../fixtures/fuzz-corpus.json'), 'utf8')) as [string, string][];

describe('decoders bear any bytes', () => {
  test.each(Object.entries(targets))('of %s', (_what, target) => {
    expect(fuzz(target, seededRandom(seed), ROUNDS)).toBeUndefined();
  });

  test.each(corpus)('that were not borne once: %s, %#', (what, text) => {
    expect(tryOnce(targets[what], Buffer.from(text))).toBeUndefined();
  });

  test('of frames, whole and in pieces', () => {
    const random = seededRandom(seed);
    let delivered = 0;
    for (let round = 0; round < ROUNDS; round++) {
      const bytes = Buffer.concat([mutate(pick(frames, random), random), pick(frames, random)]);
      const decoder = new FrameDecoder();
      try {
        for (const chunk of cut(bytes, random)) {
          decoder.decode(chunk, (command) => {
            delivered++;
            check(command);
          });
        }
      } catch (error) {
        if (!(error instanceof ProtocolError)) throw new Error(`for ${bytes.toString('hex')}`, { cause: error });
      }
      expect(decoder.pendingBytes).toBeLessThanOrEqual(bytes.length);
    }
    expect(delivered).toBeGreaterThan(ROUNDS / 10); // else the fuzzer tests the first check only
  });
});

/** Whatever was delivered has the shape that its type says. */
function check(command: RemotingCommand): void {
  for (const number of [command.code, command.flag, command.opaque, command.version]) {
    if (number !== (number | 0)) throw new Error(`${number} is no 32-bit integer`);
  }
  for (const [name, value] of Object.entries(command.extFields)) {
    if (typeof value !== 'string') throw new Error(`${name} is no text`);
  }
  if (command.body?.length === 0) throw new Error('an empty body');
  decodeSendMessageRequest(command);
  if (command.body !== undefined) decodeBatch(command.body);
}
