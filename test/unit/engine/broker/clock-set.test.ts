import type { RemotingCommand } from '../../../../lib/engine/protocol/remoting-command.js';
import { popMessageRequest } from '../../../../lib/engine/protocol/requests/pop-message.js';
import { RequestCode } from '../../../../lib/engine/protocol/request-code.js';
import { ResponseCode } from '../../../../lib/engine/protocol/response-code.js';
import { VirtualClock } from '../../../../lib/testing/virtual-clock.js';
import { BrokerRig, jsonIn, type TestClient } from '../../../support/broker-rig.js';

const HOUR = 3_600_000;
/** After it everything is as the clock says. */
const HEAL_MS = 5000;

/** Somebody sets the clock of the broker's machine; time goes on as before. */
class SettableClock extends VirtualClock {
  aheadMs = 0;

  override now(): number {
    return super.now() + this.aheadMs;
  }
}

let clock: SettableClock;
let rig: BrokerRig;
let client: TestClient;

beforeEach(async () => {
  clock = new SettableClock();
  rig = await BrokerRig.start({ clock });
  client = await rig.connect();
});

afterEach(() => rig.broker.stop());

const delivered = (): string[] => rig.store.recordsOf('T').map(({ body }) => body.toString());

async function lock(clientId: string): Promise<number> {
  const mqSet = [{ topic: 'T', brokerName: 'broker-a', queueId: 0 }];
  const answer = await client.askJson(RequestCode.LOCK_BATCH_MQ, { consumerGroup: 'G', clientId, mqSet });
  return (jsonIn(answer) as { lockOKMQSet: unknown[] }).lockOKMQSet.length;
}

test('forth: what has become due is delivered, by level and by time', async () => {
  await client.send('T', 'two hours', { DELAY: '18' });
  await client.send('T', 'at its time', { TIMER_DELAY_SEC: '7200' });
  await clock.advance(10_000);
  expect(delivered()).toEqual([]);
  clock.aheadMs = 3 * HOUR;
  await clock.advance(HEAL_MS);
  expect(delivered().sort()).toEqual(['at its time', 'two hours']);
});

test('back: a level is kept, a time of day is waited for; right again, it is delivered', async () => {
  clock.aheadMs = -HOUR;
  await client.send('T', 'a second', { DELAY: '1' });
  await client.send('T', 'at its time', { TIMER_DELIVER_MS: String(clock.now() + HOUR + 5000) });
  await clock.advance(HEAL_MS + 5000);
  expect(delivered()).toEqual(['a second']);
  clock.aheadMs = 0;
  await clock.advance(HEAL_MS);
  expect(delivered()).toEqual(['a second', 'at its time']);
});

test('back while a message waits for its level: it waits no longer than that', async () => {
  await client.send('T', 'ten seconds', { DELAY: '3' });
  await clock.advance(1000);
  clock.aheadMs = -HOUR;
  await clock.advance(10_000 + HEAL_MS);
  expect(delivered()).toEqual(['ten seconds']);
});

test.each([HOUR, -HOUR])('by %i ms: queues stay with whom they are, for a minute', async (setBy) => {
  expect(await lock('first')).toBe(1);
  clock.aheadMs = setBy;
  expect(await lock('second')).toBe(0);
  await clock.advance(60_001);
  expect(await lock('second')).toBe(1);
});

test('forth: clients that are heard stay connected', async () => {
  await client.consumerHeartbeat('G', ['T']);
  clock.aheadMs = HOUR;
  await clock.advance(60_000);
  expect(client.channel.isOpen).toBe(true);
});

test.each([HOUR, -HOUR])('by %i ms: pulls and pops are held as long as was asked', async (setBy) => {
  await client.send('T', 'first');
  const pull = client.pull('G', 'T', { queueOffset: 1, sysFlag: 6, suspendTimeoutMillis: 15_000 });
  const pop = client.askWith(RequestCode.POP_MESSAGE, popMessageRequest, {
    ...{ consumerGroup: 'P', topic: 'T', queueId: 1, maxMsgNums: 32, invisibleTime: 30_000 },
    ...{ pollTime: 15_000, bornTime: clock.now(), initMode: 1 },
  });
  const answers: RemotingCommand[] = [];
  for (const answer of [pull, pop]) void answer.then((one) => answers.push(one));
  await clock.advance(1000);
  clock.aheadMs = setBy;
  await clock.advance(13_000);
  expect(answers).toEqual([]);
  await clock.advance(1000 + HEAL_MS);
  expect(answers.map(({ code }) => code).sort()).toEqual([ResponseCode.PULL_NOT_FOUND, ResponseCode.POLLING_TIMEOUT]);
});

test('set again and again: everything that was taken is delivered, and can be pulled', async () => {
  const bodies: string[] = [];
  for (const [round, aheadMs] of [0, HOUR, -HOUR, 2 * HOUR, -2 * HOUR, 0].entries()) {
    clock.aheadMs = aheadMs;
    for (const properties of [{}, { DELAY: '2' }, { TIMER_DELAY_SEC: '3' }]) {
      const body = `${round} ${Object.keys(properties).join('')}`;
      expect((await client.send('T', body, properties as Record<string, string>)).code).toBe(0);
      bodies.push(body);
    }
    await clock.advance(2000);
  }
  // What was to come at a time of day while the clock was hours ahead comes at that time.
  await clock.advance(2 * HOUR + HEAL_MS);
  expect(delivered().sort()).toEqual(bodies.sort());
});
