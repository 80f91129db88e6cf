const UNIQ_KEY_PREFIX = '7F00000100012A139A55';
const FIRST_NUMBER = 1_000_000_000;
const DIGITS = 10;

export interface FrameContent {
  topic: string;
  queues: number;
  bytes: number;
}

/**
 * Ready-made SEND_MESSAGE_V2 frames with a JSON header, as Apache's Java client writes them. Of one
 * frame and the next only the queue, the opaque and the unique id differ, all of one width.
 */
export class SendFrames {
  private readonly templates: readonly Buffer[];
  private readonly opaqueAt: number;
  private readonly uniqueIdAt: number;
  private number = FIRST_NUMBER;

  constructor({ topic, queues, bytes }: FrameContent) {
    if (queues > 10) throw new Error('a queue id of one digit');
    this.templates = Array.from({ length: queues }, (_, queueId) => frame(topic, queueId, Buffer.alloc(bytes, 'x')));
    const [template] = this.templates;
    this.opaqueAt = template.indexOf(`"opaque":${FIRST_NUMBER}`) + '"opaque":'.length;
    this.uniqueIdAt = template.indexOf(UNIQ_KEY_PREFIX) + UNIQ_KEY_PREFIX.length + 2;
  }

  /** So many frames, one behind the other. */
  next(count: number): Buffer {
    const { length } = this.templates[0];
    const frames = Buffer.allocUnsafe(count * length);
    for (let i = 0; i < count; i++) {
      const number = this.number++;
      this.templates[number % this.templates.length].copy(frames, i * length);
      writeDigits(frames, i * length + this.opaqueAt, number);
      writeDigits(frames, i * length + this.uniqueIdAt, number);
    }
    return frames;
  }
}

function frame(topic: string, queueId: number, body: Buffer): Buffer {
  const uniqueId = `${UNIQ_KEY_PREFIX}00${FIRST_NUMBER}`;
  const properties = `UNIQ_KEY\x01${uniqueId}\x02WAIT\x01true\x02TAGS\x01TagA\x02`;
  const letters = { a: 'bench-producer', b: topic, c: 'TBW102', d: '8', e: String(queueId), f: '0' };
  const more = { g: '1795257423368', h: '0', i: properties, j: '0', k: 'false', m: 'false', n: 'broker-a' };
  const extFields = { ...letters, ...more };
  const named = { code: 310, extFields, flag: 0, language: 'JAVA', opaque: FIRST_NUMBER };
  return frameOf({ ...named, serializeTypeCurrentRPC: 'JSON', version: 479 }, body);
}

/** Any command as a frame. */
export function frameOf(header: object, body: Buffer): Buffer {
  const json = Buffer.from(JSON.stringify(header));
  const lengths = Buffer.alloc(8);
  lengths.writeInt32BE(4 + json.length + body.length, 0);
  lengths.writeInt32BE(json.length, 4);
  return Buffer.concat([lengths, json, body]);
}

function writeDigits(bytes: Buffer, at: number, value: number): void {
  for (let i = at + DIGITS - 1; i >= at; i--, value = Math.floor(value / 10)) bytes[i] = 0x30 + (value % 10);
}
