import type { Sent } from './delivered.js';

const words = ['plain', 'ümlaut', '標籤', '🙂', 'a=b&c', ''];

/** `count` messages that differ in all their parts; their first keys are `prefix-0000` and so on. */
export function sampleMessages(topic: string, count: number, prefix = 'k'): Sent[] {
  return Array.from({ length: count }, (_, i) => {
    const key = `${prefix}-${String(i).padStart(4, '0')}`;
    return {
      topic,
      body: Buffer.concat([Buffer.from(`${words[i % words.length]} ${i} `), everyByte.subarray(0, 1 + (i % 256))]),
      tag: ['TagA', 'TagB', '標籤'][i % 3],
      keys: i % 2 === 0 ? [key] : [key, `second-${i}`],
      flag: i % 7,
      properties: { index: String(i), word: `${words[i % words.length]}.` },
    };
  });
}

/** As many, with bodies of `bytes`: compressible ones by turns with others. */
export function largeMessages(topic: string, count: number, bytes: number): Sent[] {
  return sampleMessages(topic, count, 'large').map((message, i) => {
    const body = Buffer.alloc(bytes, 'q');
    // A linear congruence: bytes without repetition that every run makes alike.
    if (i % 2 === 1)
      for (let at = 0, x = i; at < bytes; at++) body[at] = (x = (x * 1103515245 + 12345) & 0x7fffffff) >> 16;
    return { ...message, body };
  });
}

const everyByte = Buffer.from(Array.from({ length: 256 }, (_, i) => i));
