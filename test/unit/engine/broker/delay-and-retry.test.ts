import { consumerSendBackRequest } from '../../../../lib/engine/protocol/requests/consumer-send-back.js';
import { RequestCode } from '../../../../lib/engine/protocol/request-code.js';
import { BrokerRig, type TestClient } from '../../../support/broker-rig.js';
import { seededRandom } from '../../../../lib/testing/seeded-random.js';

const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
/** The delays of the levels 1 to 18. */
const DELAYS = [
  ...[1, 5, 10, 30].map((seconds) => seconds * SECOND),
  ...[1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 20, 30].map((minutes) => minutes * MINUTE),
  ...[1, 2].map((hours) => hours * HOUR),
];

let rig: BrokerRig;
let client: TestClient;

async function restart(how: 'stop' | 'kill'): Promise<void> {
  if (how === 'stop') await rig.broker.stop();
  else rig.kill();
  rig = await rig.next();
  client = await rig.connect();
}

beforeEach(async () => {
  rig = await BrokerRig.start();
  client = await rig.connect();
});

afterEach(() => rig.broker.stop());

describe('delay levels', () => {
  it('deliver on the millisecond, and leave their properties in the bytes', async () => {
    const start = rig.clock.now();
    for (let level = 1; level <= 18; level++) await client.send('T', `level ${level}`, { DELAY: String(level) });
    expect(rig.store.recordsOf('T')).toHaveLength(0);
    await rig.clock.advance(2 * HOUR);
    const records = rig.store.recordsOf('T');
    expect(records.map(({ body }) => body.toString())).toEqual(DELAYS.map((_, index) => `level ${index + 1}`));
    expect(records.map(({ storeTimestamp }) => storeTimestamp - start)).toEqual(DELAYS);
    expect(records[2].properties.get('DELAY')).toBe('3');
    expect(records[2].properties.get('REAL_TOPIC')).toBe('T');
    expect(records[2].properties.get('REAL_QID')).toBe('0');
    expect(records[2].bornTimestamp).toBe(start);
  });

  it('beyond the last are the last; 0 and below are none', async () => {
    await client.send('T', 'now', { DELAY: '0' });
    await client.send('T', 'never before now', { DELAY: '-1' });
    await client.send('T', 'late', { DELAY: '99' });
    expect(rig.store.recordsOf('T')).toHaveLength(2);
    expect(rig.store.recordsOf('SCHEDULE_TOPIC_XXXX', 17)[0].properties.get('DELAY')).toBe('18');
  });

  it('keep the order within a level and wake long polls', async () => {
    await client.send('T', 'first', { DELAY: '1' }, { queueId: 1 });
    const pull = client.pull('G', 'T', { sysFlag: 6 });
    for (let i = 0; i < 600; i++) await client.send('T', String(i), { DELAY: '1' }, { queueId: 1 });
    await rig.clock.advance(SECOND);
    const bodies = rig.store.recordsOf('T', 1).map(({ body }) => Number(body.toString()));
    expect(bodies.slice(1)).toEqual(Array.from({ length: 600 }, (_, index) => index));
    await client.send('T', 'x', { DELAY: '1' });
    await rig.clock.advance(SECOND);
    expect((await pull).code).toBe(0);
  });

  it('try again when the store refuses, without repeating or reordering what went through', async () => {
    for (let i = 0; i < 10; i++) await client.send('T', String(i), { DELAY: '1' });
    let refusals = 3;
    rig.store.failure = ({ topic, body }) =>
      topic === 'T' && body.toString() === '4' && refusals-- > 0 ? 'SERVICE_NOT_AVAILABLE' : undefined;
    await rig.clock.advance(2 * SECOND);
    const bodies = rig.store.recordsOf('T').map(({ body }) => body.toString());
    expect(bodies.sort()).toEqual(Array.from({ length: 10 }, (_, index) => String(index)));
  });

  it('write how far they are as Apache does', async () => {
    await client.send('T', 'x', { DELAY: '3' });
    await rig.clock.advance(10 * SECOND);
    await rig.broker.stop();
    expect(rig.tables.texts.get('delayOffset.json')).toMatch(/"offsetTable":\{(\n\t\t\d+:\d,?)*\n\t\t3:1/);
  });

  it.each(['stop', 'kill'] as const)('lose and repeat nothing over a %s', async (how) => {
    for (let i = 0; i < 20; i++) {
      await client.send('T', `a${i}`, { DELAY: '2' });
      await rig.clock.advance(500);
    }
    await restart(how); // some are delivered, but their progress is not stored after a kill
    await rig.clock.advance(MINUTE);
    const bodies = rig.store.recordsOf('T').map(({ body }) => body.toString());
    expect(bodies).toEqual(Array.from({ length: 20 }, (_, index) => `a${index}`));
  });

  it('deliver both of two messages that say they are the same', async () => {
    for (let i = 0; i < 2; i++) await client.send('T', 'same', { DELAY: '1', UNIQ_KEY: 'U' });
    await rig.clock.advance(SECOND);
    await restart('kill');
    await rig.clock.advance(MINUTE);
    expect(rig.store.recordsOf('T')).toHaveLength(2);
  });

  it('lose, repeat and hasten none of 2,000 messages over 20 kills', async () => {
    const random = seededRandom(7);
    const dueAt = new Map<string, number>();
    for (let round = 0; round < 20; round++) {
      for (let i = 0; i < 100; i++) {
        const level = 1 + random.nextInt(4);
        const name = `${round}-${i}`;
        dueAt.set(name, rig.clock.now() + DELAYS[level - 1]);
        await client.send('T', name, { DELAY: String(level) }, { queueId: random.nextInt(4) });
      }
      await rig.clock.advance(random.nextInt(8 * SECOND));
      await restart('kill');
    }
    await rig.clock.advance(MINUTE);
    const delivered = [0, 1, 2, 3].flatMap((queueId) => rig.store.recordsOf('T', queueId));
    expect(delivered).toHaveLength(2000);
    expect(new Set(delivered.map(({ body }) => body.toString())).size).toBe(2000);
    for (const { body, storeTimestamp } of delivered) {
      expect(storeTimestamp).toBeGreaterThanOrEqual(dueAt.get(body.toString()) ?? Infinity);
    }
  }, 60_000);
});

describe('a message that is sent back', () => {
  const sendBack = (offset: number, more: { delayLevel?: number; maxReconsumeTimes?: number } = {}) =>
    client.askWith(RequestCode.CONSUMER_SEND_MSG_BACK, consumerSendBackRequest, {
      offset,
      group: 'G',
      delayLevel: 0,
      ...more,
    });

  it.each(['never', 'stop', 'kill'] as const)(
    'comes again after 10 s, 30 s … 2 h, sixteen times, then is one dead letter (restart: %s)',
    async (how) => {
      await client.send('T', 'poison', { KEYS: 'k' });
      let offset = rig.store.recordsOf('T')[0].physicalOffset;
      const delays: number[] = [];
      for (let times = 0; times < 16; times++) {
        const sentAt = rig.clock.now();
        expect((await sendBack(offset)).code).toBe(0);
        if (how !== 'never') await restart(how);
        await rig.clock.advance(2 * HOUR);
        if (how !== 'never') await restart(how);
        const retries = rig.store.recordsOf('%RETRY%G');
        expect(retries).toHaveLength(times + 1);
        const retry = retries[times];
        expect(retry.reconsumeTimes).toBe(times + 1);
        delays.push(retry.storeTimestamp - sentAt);
        offset = retry.physicalOffset;
      }
      expect(delays).toEqual(DELAYS.slice(2));
      expect((await sendBack(offset)).code).toBe(0);
      await rig.clock.advance(3 * HOUR);
      expect(rig.store.recordsOf('%RETRY%G')).toHaveLength(16);
      const [dead, ...others] = rig.store.recordsOf('%DLQ%G');
      expect(others).toEqual([]);
      expect(dead).toMatchObject({ reconsumeTimes: 17, queueId: 0 });
      expect(Object.fromEntries(dead.properties)).toMatchObject({
        RETRY_TOPIC: 'T',
        ORIGIN_MESSAGE_ID: '7F00000100002A9F0000000000000000',
        WAIT: 'false',
        DELAY: '0',
        KEYS: 'k',
      });
    },
  );

  it('may ask for a level of its own, for the dead letters, or for fewer retries', async () => {
    await client.send('T', 'x');
    const start = rig.clock.now();
    await sendBack(0, { delayLevel: 1 });
    await rig.clock.advance(SECOND);
    expect(rig.store.recordsOf('%RETRY%G')[0].storeTimestamp - start).toBe(SECOND);
    await sendBack(0, { delayLevel: -1 });
    await sendBack(0, { maxReconsumeTimes: 0 });
    expect(rig.store.recordsOf('%DLQ%G')).toHaveLength(2);
    const topic = JSON.parse(rig.tables.texts.get('topics.json') ?? '{}') as {
      topicConfigTable: Record<string, { perm: number; readQueueNums: number }>;
    };
    expect(topic.topicConfigTable['%DLQ%G']).toMatchObject({ perm: 6, readQueueNums: 1 });
  });

  it('has to be where it is said to be', async () => {
    await client.send('T', 'x');
    expect(await sendBack(5)).toMatchObject({ code: 1, remark: 'look message by offset failed, 5' });
    expect((await sendBack(1e9)).code).toBe(1);
    expect((await sendBack(-5)).code).toBe(1);
  });

  it('is taken as a plain send to the retry topic, too', async () => {
    await client.send('%RETRY%G', 'retry', { DELAY: '1', RETRY_TOPIC: 'T' }, { reconsumeTimes: 1 });
    await rig.clock.advance(SECOND);
    expect(rig.store.recordsOf('%RETRY%G')).toHaveLength(1);
    await client.send('%RETRY%G', 'dead', { DELAY: '1' }, { reconsumeTimes: 3, maxReconsumeTimes: 2 });
    expect(rig.store.recordsOf('%DLQ%G')).toHaveLength(1);
  });

  it('by an orderly group goes straight to its dead letters', async () => {
    await client.askJson(RequestCode.LOCK_BATCH_MQ, {
      consumerGroup: 'G',
      clientId: 'c1',
      mqSet: [{ topic: 'T', brokerName: 'broker-a', queueId: 0 }],
    });
    await client.send('%RETRY%G', 'x', { DELAY: '3' }, { reconsumeTimes: 1 });
    const [dead] = rig.store.recordsOf('%DLQ%G');
    expect(dead.properties.get('DELAY')).toBe('-1');
  });
});
