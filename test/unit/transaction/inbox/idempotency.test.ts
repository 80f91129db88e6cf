import type { ReceivedMessage } from '../../../../lib/engine/message/message.js';
import { inboxKeyOf } from '../../../../lib/transaction/inbox/idempotency.js';

const message = {
  topic: 'order-paid',
  tag: 'paid',
  keys: ['order-7'],
  messageId: 'UNIQ-1',
  offsetMessageId: 'OFFSET-1',
} as unknown as ReceivedMessage;

it('is by default the unique id, which a delivery or sending more does not change', () => {
  expect(inboxKeyOf(message, {})).toBe('order-paid:paid:UNIQ-1');
});

it('is the business key where one is given, apart for each topic and tag', () => {
  const key = ({ keys }: ReceivedMessage) => keys[0];
  expect(inboxKeyOf(message, { key })).toBe('order-paid:paid:order-7');
  expect(inboxKeyOf({ ...message, tag: undefined }, { key })).toBe('order-paid::order-7');
});

it('is a hash where it is too long for its column', () => {
  const key = () => 'k'.repeat(300);
  expect(inboxKeyOf(message, { key })).toMatch(/^sha256:[0-9a-f]{64}$/);
});

it('is never the offset message id, nor empty', () => {
  expect(() => inboxKeyOf({ ...message, messageId: 'OFFSET-1' }, {})).toThrow(
    /has no UNIQ_KEY; give @Idempotent a key/,
  );
  expect(() => inboxKeyOf(message, { key: () => undefined })).toThrow(/is empty/);
});
