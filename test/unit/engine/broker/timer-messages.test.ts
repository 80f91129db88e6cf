import { TimerHeap, type PendingTimer } from '../../../../lib/engine/broker/timer-heap.js';
import { SystemFlag } from '../../../../lib/engine/message/system-flag.js';
import { endTransactionRequest } from '../../../../lib/engine/protocol/requests/end-transaction.js';
import { RequestCode } from '../../../../lib/engine/protocol/request-code.js';
import { BrokerRig, type RigOptions, type TestClient } from '../../../support/broker-rig.js';
import { seededRandom } from '../../../../lib/testing/seeded-random.js';

const WHEEL = 'rmq_sys_wheel_timer';
const HOUR = 3_600_000;

let rig: BrokerRig;
let client: TestClient;

beforeEach(() => startWith({}));
afterEach(() => rig.broker.stop());

async function startWith(broker: RigOptions['broker']): Promise<void> {
  rig = await BrokerRig.start({ broker });
  client = await rig.connect();
}

async function restart(how: 'stop' | 'kill'): Promise<void> {
  if (how === 'stop') await rig.broker.stop();
  else rig.kill();
  rig = await rig.next();
  client = await rig.connect();
}

const delivered = (queueId = 0): string[] => rig.store.recordsOf('T', queueId).map(({ body }) => body.toString());

describe('a message with a time', () => {
  it.each([
    ['TIMER_DELAY_SEC', '5', 5000],
    ['TIMER_DELAY_MS', '1234', 1234],
    ['TIMER_DELIVER_MS', undefined, 60_001],
  ])('by %s waits in the wheel’s topic and comes at its millisecond', async (name, value, delay) => {
    const start = rig.clock.now();
    const answer = await client.send('T', 'x', { [name]: value ?? String(start + delay), UNIQ_KEY: 'U' });
    expect(answer.code).toBe(0);
    const [parked] = rig.store.recordsOf(WHEEL);
    expect(Object.fromEntries(parked.properties)).toMatchObject({
      REAL_TOPIC: 'T',
      REAL_QID: '0',
      TIMER_OUT_MS: String(Math.floor((start + delay - 1) / 1000) * 1000),
    });
    await rig.clock.advance(delay - 1);
    expect(delivered()).toEqual([]);
    await rig.clock.advance(1);
    const [record] = rig.store.recordsOf('T');
    expect(record.storeTimestamp - start).toBe(delay);
    expect(Object.fromEntries(record.properties)).toMatchObject({
      [name]: value ?? String(start + delay),
      TIMER_ENQUEUE_MS: String(start),
      TIMER_DEQUEUE_MS: String(start + delay),
    });
  });

  it('that has passed is delivered at once, with its property', async () => {
    await client.send('T', 'x', { TIMER_DELIVER_MS: String(rig.clock.now()) });
    expect(rig.store.recordsOf('T')[0].properties.has('TIMER_DELIVER_MS')).toBe(true);
  });

  it('gives way to a delay level', async () => {
    await client.send('T', 'x', { TIMER_DELAY_SEC: '5', DELAY: '1' });
    await rig.clock.advance(1000);
    const [record] = rig.store.recordsOf('T');
    expect(record.properties.has('TIMER_DELAY_SEC')).toBe(false);
  });

  it.each([
    [{ TIMER_DELAY_SEC: '259201' }, 13],
    [{ TIMER_DELAY_MS: 'soon' }, 13],
    [{ TIMER_DELIVER_MS: '1', TIMER_DEL_UNIQKEY: 'T+U' }, 13],
  ])('%j is refused', async (properties, code) => {
    const answer = await client.send('T', 'x', properties);
    expect(answer.code).toBe(code);
    expect(answer.remark).toContain('timer message illegal');
  });

  it('that recalls a message of another topic is refused', async () => {
    const at = String(rig.clock.now() + 60_000);
    const answer = await client.send('T', 'x', { TIMER_DELIVER_MS: at, TIMER_DEL_UNIQKEY: 'Others+U' });
    expect(answer.code).toBe(13);
    expect(answer.remark).toContain('of another topic than T');
  });

  it('is refused where there is no timer, or too many wait', async () => {
    await rig.broker.stop();
    await startWith({ timerWheelEnable: false });
    expect(await client.send('T', 'x', { TIMER_DELAY_SEC: '5' })).toMatchObject({
      code: 1,
      remark: 'accurate timer message is not enabled, timerWheelEnable is false',
    });
    await rig.broker.stop();
    await startWith({ maxPendingTimerMessages: 1 });
    await client.send('T', 'x', { TIMER_DELAY_SEC: '5' });
    expect(await client.send('T', 'x', { TIMER_DELAY_SEC: '5' })).toMatchObject({
      code: 1,
      remark: expect.stringContaining('under flow control') as string,
    });
    await rig.clock.advance(5000);
    expect((await client.send('T', 'x', { TIMER_DELAY_SEC: '5' })).code).toBe(0);
  });

  it('of a transaction waits from its commit on', async () => {
    const properties = { TRAN_MSG: 'true', PGROUP: 'PG', UNIQ_KEY: 'U', TIMER_DELAY_MS: '500' };
    await client.send('T', 'half', properties, { sysFlag: SystemFlag.transactionPrepared });
    await rig.clock.advance(2000);
    await client.askWith(RequestCode.END_TRANSACTION, endTransactionRequest, {
      producerGroup: 'PG',
      tranStateTableOffset: 0,
      commitLogOffset: 0,
      commitOrRollback: SystemFlag.transactionCommit,
      msgId: 'U',
    });
    expect(delivered()).toEqual([]);
    await rig.clock.advance(500);
    expect(delivered()).toEqual(['half']);
  });

  it('comes in the order of times, not of sending', async () => {
    for (const delay of [3000, 1000, 2000, 1000]) {
      await client.send('T', `${delay}`, { TIMER_DELAY_MS: String(delay) });
    }
    await rig.clock.advance(3000);
    expect(delivered()).toEqual(['1000', '1000', '2000', '3000']);
  });

  it('is tried again when the store refuses', async () => {
    await client.send('T', 'x', { TIMER_DELAY_MS: '100' });
    await client.send('T', 'y', { TIMER_DELAY_MS: '100' });
    rig.store.failure = ({ topic, body }) =>
      topic === 'T' && body.toString() === 'x' ? 'SERVICE_NOT_AVAILABLE' : undefined;
    await rig.clock.advance(1000);
    expect(delivered()).toEqual(['y']);
    rig.store.failure = undefined;
    await rig.clock.advance(100);
    expect(delivered()).toEqual(['y', 'x']);
  });
});

describe('a restart', () => {
  it.each(['stop', 'kill'] as const)('by a %s loses and repeats nothing', async (how) => {
    for (let i = 0; i < 40; i++) {
      await client.send('T', `m${i}`, { TIMER_DELAY_MS: String(1000 + (i % 4) * 2500) });
      await rig.clock.advance(300);
    }
    await restart(how);
    await rig.clock.advance(HOUR);
    expect(delivered().sort()).toEqual(Array.from({ length: 40 }, (_, index) => `m${index}`).sort());
    await restart(how);
    await rig.clock.advance(HOUR);
    expect(delivered()).toHaveLength(40);
  });

  it('delivers what fell due while the broker was down', async () => {
    await client.send('T', 'x', { TIMER_DELAY_SEC: '60' });
    rig.kill();
    await rig.clock.advance(2 * HOUR);
    rig = await rig.next();
    await rig.clock.advance(1);
    expect(delivered()).toEqual(['x']);
  });

  it('reads again only what may not be done', async () => {
    for (let i = 0; i < 10; i++) await client.send('T', 'x', { TIMER_DELAY_MS: '100' });
    await client.send('T', 'y', { TIMER_DELAY_SEC: '60' });
    await rig.clock.advance(1000);
    await rig.broker.stop();
    expect(JSON.parse(rig.tables.texts.get('timerProgress.json') ?? '')).toMatchObject({ queueOffset: 10 });
  });

  it('of 20 kills loses, repeats and hastens none of 2,000', async () => {
    const random = seededRandom(11);
    const dueAt = new Map<string, number>();
    for (let round = 0; round < 20; round++) {
      for (let i = 0; i < 100; i++) {
        const delay = 1 + random.nextInt(60_000);
        dueAt.set(`${round}-${i}`, rig.clock.now() + delay);
        await client.send('T', `${round}-${i}`, { TIMER_DELAY_MS: String(delay) }, { queueId: random.nextInt(4) });
      }
      await rig.clock.advance(random.nextInt(15_000));
      await restart('kill');
    }
    await rig.clock.advance(HOUR);
    const records = [0, 1, 2, 3].flatMap((queueId) => rig.store.recordsOf('T', queueId));
    expect(new Set(records.map(({ body }) => body.toString())).size).toBe(2000);
    expect(records).toHaveLength(2000);
    for (const { body, storeTimestamp } of records) {
      expect(storeTimestamp).toBeGreaterThanOrEqual(dueAt.get(body.toString()) ?? Infinity);
    }
  }, 60_000);
});

describe('a recall', () => {
  const recall = (recallHandle: string, topic = 'T') =>
    client.ask(RequestCode.RECALL_MESSAGE, { producerGroup: 'PG', topic, recallHandle });

  beforeEach(async () => {
    await rig.broker.stop();
    await startWith({ recallMessageEnable: true });
  });

  it('by the handle of the send keeps the message from coming', async () => {
    const { extFields } = await client.send('T', 'x', { TIMER_DELAY_SEC: '60', UNIQ_KEY: 'U' });
    expect(Buffer.from(extFields.recallHandle, 'base64url').toString()).toBe(
      `v1 T broker-a ${rig.clock.now() + 59_001} U`,
    );
    await client.send('T', 'other', { TIMER_DELAY_SEC: '60', UNIQ_KEY: 'V' });
    expect(await recall(extFields.recallHandle)).toMatchObject({ code: 0, extFields: { msgId: 'U' } });
    await rig.clock.advance(HOUR);
    expect(delivered()).toEqual(['other']);
  });

  it('is remembered over a kill', async () => {
    const { extFields } = await client.send('T', 'x', { TIMER_DELAY_SEC: '60' });
    await recall(extFields.recallHandle);
    await restart('kill');
    await rig.clock.advance(HOUR);
    expect(delivered()).toEqual([]);
  });

  it('needs a good handle, in time, and permission', async () => {
    const { extFields } = await client.send('T', 'x', { TIMER_DELAY_SEC: '2' });
    expect(await recall('rubbish')).toMatchObject({ code: 604, remark: 'recall handle is invalid' });
    await client.send('Other', 'x');
    expect((await recall(extFields.recallHandle, 'Other')).remark).toBe('recall failed, topic not match');
    expect((await recall(extFields.recallHandle, 'Nope')).code).toBe(17);
    await rig.clock.advance(3000);
    expect((await recall(extFields.recallHandle)).remark).toBe('recall failed, timestamp invalid');
    await rig.broker.stop();
    await startWith({});
    expect((await recall(extFields.recallHandle)).code).toBe(16);
  });
});

it('pops timers by time, then by place', () => {
  const random = seededRandom(3);
  const heap = new TimerHeap();
  const timers: PendingTimer[] = Array.from({ length: 500 }, (_, physicalOffset) => ({
    dueAt: random.nextInt(50),
    physicalOffset,
  }));
  for (const timer of timers) heap.push(timer);
  const popped = Array.from({ length: 500 }, () => heap.pop());
  expect(popped).toEqual([...timers].sort((a, b) => a.dueAt - b.dueAt || a.physicalOffset - b.physicalOffset));
  expect(heap.pop()).toBeUndefined();
});
