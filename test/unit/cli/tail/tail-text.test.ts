import { startOf } from '../../../../lib/cli/tail/start.js';
import { tailLine } from '../../../../lib/cli/tail/tail-text.js';
import type { ReceivedMessage } from '../../../../lib/engine/index.js';

const message = {
  storeTimestamp: Date.UTC(2026, 10, 21, 18, 45, 6, 156),
  brokerName: 'broker-a',
  queueId: 3,
  queueOffset: 17,
  tag: 'paid',
  keys: ['k1', 'k2'],
  body: Buffer.from('{"amount":1}\n\x1b[2J'),
} as unknown as ReceivedMessage;

test('a message is one line, which cannot steer the terminal', () => {
  const plain = { style: (_style: string, text: string) => text };
  expect(tailLine(message, plain)).toBe('2026-11-21T18:45:06.156Z broker-a/3@17 tag=paid keys=k1,k2 {"amount":1}··[2J');
  const bare = { ...message, tag: undefined, keys: [] } as unknown as ReceivedMessage;
  expect(tailLine(bare, plain)).toMatch(/Z broker-a\/3@17 \{"amount":1\}/);
});

test('on a terminal all but the body steps back', () => {
  const line = tailLine(message, { style: (style, text) => `<${style}>${text}</>` });
  expect(line).toMatch(/^<dim>2026\S+ broker-a\/3@17 tag=paid keys=k1,k2<\/> \{/);
});

test('reading begins at an end, or at a time', () => {
  expect([startOf('first'), startOf('last'), startOf('1795286706156')]).toEqual(['first', 'last', 1_795_286_706_156]);
  expect(startOf('2026-11-21#18:45:06:156')).toBe(new Date(2026, 10, 21, 18, 45, 6, 156).getTime());
  expect(() => startOf('yesterday')).toThrow(/first, last, milliseconds or yyyy-MM-dd#HH:mm:ss:SSS/);
});
