import { encodeHeader } from '../../lib/engine/protocol/field-table.js';
import { updateConsumerOffsetRequest } from '../../lib/engine/protocol/requests/consumer-offset.js';
import { popMessageRequest } from '../../lib/engine/protocol/requests/pop-message.js';
import { RequestCode } from '../../lib/engine/protocol/request-code.js';
import { recordsIn, type TestClient } from '../support/broker-rig.js';
import { cycles, seed } from '../support/run-options.js';
import { seededRandom } from '../../lib/testing/seeded-random.js';
import { endings, SimulatedBroker, type Ending } from '../support/simulated-broker.js';

/** The broker's flushConsumerOffsetInterval: what a crash may take. */
const FLUSH_INTERVAL_MS = 5000;
const INVISIBLE_MS = 10_000;
/** At the latest: the time is up, the timer's slot is over, the last acknowledgement has been waited for. */
const REVIVED_AFTER_MS = INVISIBLE_MS + 3000;
const QUEUES = [0, 1, 2, 3];

let broker: SimulatedBroker;
let client: TestClient;
const random = seededRandom(seed);

beforeEach(async () => {
  broker = await SimulatedBroker.start(random);
  client = await broker.connect();
});
afterEach(() => broker.stop());

async function restart(): Promise<Ending> {
  const how = endings[random.nextInt(endings.length)];
  await broker.restart(how);
  client = await broker.connect();
  return how;
}

test('what a group committed is there after a stop, and after a crash but for the last five seconds', async () => {
  await client.send('T', 'creates the topic', {}, { defaultTopicQueueNums: QUEUES.length });
  await client.consumerHeartbeat('G', ['T']); // creates the group
  const committed = QUEUES.map(() => [{ offset: 0, at: 0 }]);

  for (let round = 0; round < cycles(40); round++) {
    for (let commits = random.nextInt(30); commits > 0; commits--) {
      const queueId = random.nextInt(QUEUES.length);
      const offset = (committed[queueId].at(-1)?.offset ?? 0) + 1 + random.nextInt(100);
      const header = { consumerGroup: 'G', topic: 'T', queueId, commitOffset: offset };
      const { code } = await client.askWith(RequestCode.UPDATE_CONSUMER_OFFSET, updateConsumerOffsetRequest, header);
      expect(code).toBe(0);
      committed[queueId].push({ offset, at: broker.clock.now() });
      await broker.clock.advance(random.nextInt(1000));
    }
    const endedAt = broker.clock.now();
    const how = await restart();
    for (const queueId of QUEUES) {
      const known = committed[queueId];
      const certain = known.findLast(({ at }) => how === 'stop' || at <= endedAt - FLUSH_INTERVAL_MS)?.offset ?? 0;
      const offset = await committedOffset('G', 'T', queueId);
      expect(offset).toBeGreaterThanOrEqual(certain);
      expect(offset).toBeLessThanOrEqual(known.at(-1)?.offset ?? 0);
      committed[queueId] = [{ offset, at: 0 }]; // consumers go on from here
    }
  }
});

test('popped messages are each acknowledged in the end, and come no more but for what a crash takes', async () => {
  const count = cycles(40) * 10;
  const poppedAt = new Map<string, number>();
  const acknowledged = new Set<string>();
  /** Popped, or made visible again, so shortly before a crash that it may not have been written down. */
  const atRisk = new Set<string>();
  const repeated: string[] = [];
  let sent = 0;

  for (let round = 0; acknowledged.size < count && round < 10 * count; round++) {
    for (let i = random.nextInt(40); i > 0 && sent < count; i--) await client.send('T', `m-${sent++}`);
    for (const { name, handle } of await popped()) {
      if (acknowledged.has(name) && !atRisk.has(name)) repeated.push(name);
      poppedAt.set(name, broker.clock.now());
      if (random.nextInt(3) > 0 && (await client.ask(RequestCode.ACK_MESSAGE, handle)).code === 0) {
        acknowledged.add(name);
      }
    }
    await broker.clock.advance(random.nextInt(20_000));
    if (random.nextInt(4) > 0) continue;
    const endedAt = broker.clock.now();
    if ((await restart()) === 'stop') continue;
    const certain = endedAt - FLUSH_INTERVAL_MS - REVIVED_AFTER_MS;
    for (const [name, at] of poppedAt) if (at > certain) atRisk.add(name);
  }
  expect({ acknowledged: acknowledged.size, repeated }).toEqual({ acknowledged: count, repeated: [] });
  expect(atRisk.size).toBeLessThan(count);
});

test('a queue of delays or times never goes back: what was delivered long ago is not read again', async () => {
  for (let round = 0; round < cycles(40) / 4; round++) {
    for (let i = 0; i < 10; i++) {
      await client.send('T', `level ${round}-${i}`, { DELAY: '1' });
      await client.send('T', `time ${round}-${i}`, { TIMER_DELAY_MS: '700' });
    }
    await broker.clock.advance(15_000 + random.nextInt(10_000)); // delivered, and written down
    const before = await progress();
    await restart();
    expect(await progress()).toEqual(before);
  }
});

async function committedOffset(consumerGroup: string, topic: string, queueId: number): Promise<number> {
  const fields = { consumerGroup, topic, queueId: String(queueId), setZeroIfNotFound: 'false' };
  const { extFields } = await client.ask(RequestCode.QUERY_CONSUMER_OFFSET, fields);
  return Number(extFields.offset ?? 0);
}

/** How far level 1 is, as other brokers and tools are told. */
async function progress(): Promise<unknown> {
  const { body } = await client.ask(RequestCode.GET_ALL_DELAY_OFFSET);
  return /"offsetTable":\{[^}]*\}/.exec(body?.toString() ?? '')?.[0];
}

async function popped(): Promise<{ name: string; handle: Record<string, string> }[]> {
  const header = { consumerGroup: 'G', topic: 'T', queueId: -1, maxMsgNums: 32, invisibleTime: INVISIBLE_MS };
  const request = { ...header, pollTime: 0, bornTime: 0, initMode: 0 };
  const answer = await client.ask(RequestCode.POP_MESSAGE, encodeHeader(popMessageRequest, request));
  const { popTime, invisibleTime, reviveQid, startOffsetInfo = '' } = answer.extFields;
  // Those of the topic itself; what comes from the retry topic brings its handle along.
  const entries = startOffsetInfo.split(';').map((entry) => entry.split(' '));
  const starts = new Map(
    entries.filter(([retry]) => retry === '0').map(([, queueId, start]) => [Number(queueId), start]),
  );
  return recordsIn(answer).map(({ body, queueId, queueOffset, properties }) => {
    const made = [starts.get(queueId), popTime, invisibleTime, reviveQid, 0, 'broker-a', queueId, queueOffset];
    const extraInfo = properties.get('POP_CK') ?? made.join(' ');
    const topic = extraInfo.split(' ')[4] === '1' ? '%RETRY%G_T' : 'T';
    const offset = String(queueOffset);
    return {
      name: body.toString(),
      handle: { consumerGroup: 'G', topic, queueId: String(queueId), extraInfo, offset },
    };
  });
}
