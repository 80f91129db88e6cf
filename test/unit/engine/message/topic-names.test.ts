import {
  deadLetterTopic,
  groupNameProblem,
  groupOfRetryTopic,
  isSendingForbidden,
  isSystemTopic,
  retryTopic,
  SystemTopic,
  topicNameProblem,
} from '../../../../lib/engine/message/topic-names.js';

test.each(['T', 'order_paid', '%RETRY%group', 'a|b-C_9', 't'.repeat(127), retryTopic('g'.repeat(248))])(
  '%s is a topic',
  (topic) => {
    expect(topicNameProblem(topic)).toBeUndefined();
  },
);

test.each([
  ['', 'is blank'],
  ['   ', 'is blank'],
  ['t'.repeat(128), 'has 128 characters; at most 127'],
  [retryTopic('g'.repeat(249)), 'has 256 characters; at most 255'],
  ['../etc', '"."'],
  ['a/b', '"/"'],
  ['a\\b', '"\\\\"'],
  ['a\0b', '"\\u0000"'],
  ['a\r\nb', '"\\r"'],
  ['\x1b[31m', '"\\u001b"'],
  ['a b', '" "'],
  ['thème', '"è"'],
])('%j is none', (topic, problem) => {
  expect(topicNameProblem(topic)).toContain(problem);
});

test('a group may be twice as long', () => {
  expect(groupNameProblem('g'.repeat(255))).toBeUndefined();
  expect(groupNameProblem('g'.repeat(256))).toContain('at most 255');
});

test('retry and dead-letter topics name their group', () => {
  expect(groupOfRetryTopic(retryTopic('points'))).toBe('points');
  expect(groupOfRetryTopic(deadLetterTopic('points'))).toBe('points');
});

test('system topics are known; those for inside use take no messages from outside', () => {
  expect(isSystemTopic(SystemTopic.schedule)).toBe(true);
  expect(isSystemTopic('rmq_sys_REVIVE_LOG_c')).toBe(true);
  expect(isSystemTopic('orders')).toBe(false);
  expect(isSendingForbidden(SystemTopic.half)).toBe(true);
  expect(isSendingForbidden(SystemTopic.benchmark)).toBe(false);
});
