import { RequestBudget, type RequestBudgetOptions } from '../../../../../lib/engine/broker/flow/request-budget.js';
import { request, type RemotingCommand } from '../../../../../lib/engine/protocol/remoting-command.js';
import { RequestCode } from '../../../../../lib/engine/protocol/request-code.js';
import type { Channel } from '../../../../../lib/engine/remoting/channel.js';
import { BrokerRig } from '../../../../support/broker-rig.js';

const [a, b, c] = [{}, {}, {}] as Channel[];
const limits: RequestBudgetOptions = {
  sendThreadPoolQueueCapacity: 4,
  pullThreadPoolQueueCapacity: 6,
  maxRequestBytesInWork: 100,
  maxRequestBytesInWorkPerConnection: 60,
};
const send = (bytes = 1): RemotingCommand => request(RequestCode.SEND_MESSAGE_V2, { body: Buffer.alloc(bytes) });
const pull = request(RequestCode.PULL_MESSAGE);

test('so many of a kind are let in, half of them of one connection, and others when some have been answered', () => {
  const budget = new RequestBudget(limits);
  expect([budget.enter(send(), a), budget.enter(send(), a)]).toEqual([undefined, undefined]);
  expect(budget.enter(send(), a)).toMatchObject({ code: 2, remark: expect.stringContaining('[OVERLOAD]') as string });
  expect([budget.enter(send(), b), budget.enter(send(), b)]).toEqual([undefined, undefined]);
  expect(budget.enter(send(), c)?.code).toBe(2);
  expect(budget.enter(pull, c)).toBeUndefined();
  budget.leave(send(), a);
  expect(budget.enter(send(), b)?.code).toBe(2);
  expect(budget.enter(send(), c)).toBeUndefined();
});

test('so many bytes are let in, of one connection and of all', () => {
  const budget = new RequestBudget(limits);
  expect(budget.enter(send(500), a)).toBeUndefined(); // the first, however large
  expect(budget.enter(send(1), b)?.code).toBe(2);
  budget.leave(send(500), a);
  expect(budget.enter(send(40), a)).toBeUndefined();
  expect(budget.enter(send(21), a)?.code).toBe(2);
  expect(budget.enter(send(60), b)).toBeUndefined();
  expect(budget.enter(send(1), c)?.code).toBe(2);
});

test('what has no body, and is neither sent nor pulled, is always let in', () => {
  const budget = new RequestBudget({ ...limits, maxRequestBytesInWork: 1, pullThreadPoolQueueCapacity: 1 });
  budget.enter(send(50), a);
  budget.enter(pull, a);
  expect(budget.enter(request(RequestCode.GET_MAX_OFFSET), a)).toBeUndefined();
});

test('a broker holds so many pulls, and lets the next wait elsewhere', async () => {
  const rig = await BrokerRig.start({ broker: { pullThreadPoolQueueCapacity: 4 } });
  const [first, second] = [await rig.connect('one'), await rig.connect('two')];
  await first.send('T', 'x');
  const hold = (client = first) => client.pull('G', 'T', { queueOffset: 1, sysFlag: 6, suspendTimeoutMillis: 60_000 });
  const held = [hold(), hold()];
  expect(await hold()).toMatchObject({ code: 2 });
  held.push(hold(second), hold(second));
  expect(await hold(await rig.connect('three'))).toMatchObject({ code: 2 });
  expect((await first.send('T', 'y')).code).toBe(0);
  for (const answer of await Promise.all(held)) expect(answer.code).toBe(0);
  expect((await hold(second)).code).toBe(0); // there is room again
  await rig.broker.stop();
});
