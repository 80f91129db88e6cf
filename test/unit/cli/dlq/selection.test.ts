import { isPartial, isSelected, type Selection } from '../../../../lib/cli/dlq/selection.js';
import type { ReceivedMessage } from '../../../../lib/engine/index.js';

const everything: Selection = {
  ids: undefined,
  key: undefined,
  tag: undefined,
  since: undefined,
  count: undefined,
  all: false,
};
const message = {
  messageId: 'unique',
  offsetMessageId: 'place',
  keys: ['k1', 'k2'],
  tag: 'paid',
  storeTimestamp: 1000,
} as unknown as ReceivedMessage;

test.each<[Partial<Selection>, boolean]>([
  [{}, true],
  [{ ids: ['other', 'unique'] }, true],
  [{ ids: ['place'] }, true],
  [{ ids: ['other'] }, false],
  [{ key: 'k2' }, true],
  [{ key: 'k' }, false],
  [{ tag: 'paid' }, true],
  [{ tag: 'open' }, false],
  [{ since: 1000 }, true],
  [{ since: 1001 }, false],
  [{ key: 'k1', tag: 'open' }, false],
])('%j', (selection, selected) => {
  expect(isSelected(message, { ...everything, ...selection })).toBe(selected);
});

test('a selection that passes over messages cannot settle what it has seen to', () => {
  expect(isPartial(everything)).toBe(false);
  expect(isPartial({ ...everything, count: 3 })).toBe(false);
  for (const choice of [{ ids: ['a'] }, { key: 'k' }, { tag: 't' }, { since: 0 }, { all: true }]) {
    expect(isPartial({ ...everything, ...choice })).toBe(true);
  }
});
