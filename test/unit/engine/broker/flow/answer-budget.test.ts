import { AnswerBudget } from '../../../../../lib/engine/broker/flow/answer-budget.js';
import { VirtualClock } from '../../../../../lib/testing/virtual-clock.js';
import type { Channel } from '../../../../../lib/engine/remoting/channel.js';

const clock = new VirtualClock();
const KIB = 1024;
const channelWith = (bufferedBytes: number): Channel => ({ bufferedBytes }) as Channel;
const budgetOf = (channels: readonly Channel[], maxUnsentBytes = 1000 * KIB): AnswerBudget =>
  new AnswerBudget({ maxUnsentBytesPerConnection: 512 * KIB, maxUnsentBytes }, () => channels, clock);

test('a connection that leaves its answers unread gets no more, the others do', () => {
  const [slow, quick] = [channelWith(513 * KIB), channelWith(0)];
  const budget = budgetOf([slow, quick]);
  expect(budget.refusal(slow)).toMatchObject({ code: 215, remark: expect.stringContaining('525312 bytes') as string });
  expect(budget.refusal(quick)).toBeUndefined();
});

test('when all together leave too much unread, those that do get no more', () => {
  const slow = [channelWith(400 * KIB), channelWith(300 * KIB), channelWith(400 * KIB)];
  const quick = channelWith(100 * KIB);
  const budget = budgetOf([...slow, quick]);
  expect(slow.map((channel) => budget.refusal(channel)?.code)).toEqual([2, 2, 2]);
  expect(budget.refusal(quick)).toBeUndefined();
  Object.assign(slow[0], { bufferedBytes: 0 });
  expect(budget.refusal(slow[1])?.code).toBe(2); // not counted anew for each
  void budget.begin(slow[0]);
  budget.end(slow[0], 1024 * KIB);
  expect(budget.refusal(slow[1])).toBeUndefined();
});

test('so much of a connection is read at a time as fits its budget; the others wait for their turn', async () => {
  const [one, other] = [channelWith(0), channelWith(0)];
  const budget = budgetOf([one, other]);
  expect([budget.begin(one), budget.begin(one)]).toEqual([undefined, undefined]);
  const order: string[] = [];
  const third = budget.begin(one)?.then(() => order.push('third'));
  const fourth = budget.begin(one)?.then(() => order.push('fourth'));
  expect(budget.begin(other)).toBeUndefined();
  await Promise.resolve();
  expect(order).toEqual([]);
  budget.end(one, 0);
  await third;
  budget.end(one, 0);
  await fourth;
  expect(order).toEqual(['third', 'fourth']);
  expect(budget.refusal(one)).toBeUndefined();
  budget.end(one, 0);
  budget.end(one, 0);
  expect(budget.begin(one)).toBeUndefined();
});
