import type { MessageRecord } from '../../lib/engine/message/message.js';
import { parseDelayLevels } from '../../lib/engine/broker/delay-levels.js';
import { defaultBrokerOptions } from '../../lib/engine/broker/broker-options.js';
import { consumerSendBackRequest } from '../../lib/engine/protocol/requests/consumer-send-back.js';
import { RequestCode } from '../../lib/engine/protocol/request-code.js';
import type { Random } from '../../lib/engine/ports/random.js';
import { recordsIn, type TestClient } from '../support/broker-rig.js';
import { cycles, seed } from '../support/run-options.js';
import { seededRandom } from '../../lib/testing/seeded-random.js';
import { endings, SimulatedBroker } from '../support/simulated-broker.js';

const SECOND = 1000;
const HOUR = 3600 * SECOND;
const DELAYS = parseDelayLevels(defaultBrokerOptions.messageDelayLevel);
const RETRIES = 16;
/** The first retry has the third level's delay. */
const RETRY_DELAYS = DELAYS.slice(2);
/** Requests on their way at a time. */
const AT_ONCE = 50;

test('failing messages: each of the 16 delays is exact and one dead letter remains, whatever becomes of the broker', async () => {
  const count = cycles(60);
  const random = seededRandom(seed);
  const broker = await SimulatedBroker.start(random);
  const consumer = new Consumer(await broker.connect(), 'G');
  const restart = restarter(broker, random, (client) => (consumer.client = client));
  await sendAll(range(count), (name) => consumer.client.send('T', name));

  let failing = await consumer.next('T');
  for (let retry = 0; retry < RETRIES; retry++) {
    expect(failing).toHaveLength(count);
    const delay = RETRY_DELAYS[retry];
    const sentBackAt = new Map<string, number>();
    for (const some of chunksOf(failing, AT_ONCE)) {
      for (const { body } of some) sentBackAt.set(body.toString(), broker.clock.now());
      await Promise.all(some.map(({ physicalOffset }) => consumer.sendBack(physicalOffset)));
      await broker.clock.advance(1 + random.nextInt(90));
    }
    // Two restarts while all wait, one while some have been delivered.
    const sendingTook = broker.clock.now() - Math.min(...sentBackAt.values());
    const waiting = delay - sendingTook;
    expect(waiting).toBeGreaterThan(0);
    const [first, second] = [random.nextInt(waiting), random.nextInt(waiting)].sort((a, b) => a - b);
    const third = waiting + random.nextInt(sendingTook);
    await broker.clock.advance(first);
    await restart();
    await broker.clock.advance(second - first);
    await restart();
    await broker.clock.advance(third - second);
    await restart();
    await broker.clock.advance(sendingTook);

    failing = await consumer.next('%RETRY%G');
    const actual = failing.map(({ body, reconsumeTimes, storeTimestamp }) => ({
      reconsumeTimes,
      delay: storeTimestamp - (sentBackAt.get(body.toString()) ?? 0),
    }));
    expect(new Set(failing.map(({ body }) => body.toString())).size).toBe(count);
    expect(actual).toEqual(failing.map(() => ({ reconsumeTimes: retry + 1, delay })));
  }

  for (const some of chunksOf(failing, AT_ONCE)) {
    await Promise.all(some.map(({ physicalOffset }) => consumer.sendBack(physicalOffset)));
    await restart();
  }
  await broker.clock.advance(3 * HOUR);
  expect(await consumer.next('%RETRY%G')).toEqual([]);
  const dead = await consumer.next('%DLQ%G');
  expect(dead.map(({ body }) => body.toString()).sort()).toEqual(range(count).sort());
  process.stdout.write(
    `${count} failing messages, ${restart.summary()}: ${count * RETRIES} delays exact, ${dead.length} dead letters\n`,
  );
  await broker.stop();
}, 900_000);

test('delayed messages, by level and by time: none lost, early or twice over 20 crashes', async () => {
  const count = cycles(60) * 100;
  const crashes = 20;
  const random = seededRandom(seed + 1);
  const broker = await SimulatedBroker.start(random);
  const consumer = new Consumer(await broker.connect(), 'G');
  const restart = restarter(broker, random, (client) => (consumer.client = client));
  const dueAt = new Map<string, number>();

  for (let crash = 0; crash < crashes; crash++) {
    for (const names of chunksOf(range(count / crashes, crash), AT_ONCE)) {
      await sendAll(names, (name) => {
        const { properties, delay } = randomDelay(random);
        dueAt.set(name, broker.clock.now() + delay);
        return consumer.client.send('T', name, properties, { queueId: random.nextInt(4) });
      });
      await broker.clock.advance(random.nextInt(2 * SECOND));
    }
    await broker.clock.advance(random.nextInt(600 * SECOND));
    await restart();
  }
  await broker.clock.advance(3 * HOUR);

  const delivered = (await Promise.all([0, 1, 2, 3].map((queueId) => consumer.next('T', queueId)))).flat();
  const names = new Set(delivered.map(({ body }) => body.toString()));
  const early = delivered.filter(({ body, storeTimestamp }) => storeTimestamp < (dueAt.get(body.toString()) ?? 0));
  const lost = [...dueAt.keys()].filter((name) => !names.has(name));
  const repeated = delivered.length - names.size;
  process.stdout.write(
    `${count} delayed messages, ${restart.summary()}: ${lost.length} lost, ${early.length} early, ${repeated} twice\n`,
  );
  expect({ lost, early, repeated, delivered: names.size }).toEqual({
    lost: [],
    early: [],
    repeated: 0,
    delivered: count,
  });
  await broker.stop();
}, 900_000);

/** One that outlives its broker: it remembers by itself how far it came. */
class Consumer {
  private readonly positions = new Map<string, number>();

  constructor(
    public client: TestClient,
    private readonly group: string,
  ) {}

  /** All that has come since the last call. */
  async next(topic: string, queueId = 0): Promise<MessageRecord[]> {
    const queue = `${topic}@${queueId}`;
    const got: MessageRecord[] = [];
    for (;;) {
      const queueOffset = this.positions.get(queue) ?? 0;
      const answer = await this.client.pull(this.group, topic, { queueId, queueOffset, sysFlag: 4 });
      const records = recordsIn(answer);
      if (records.length === 0) return got;
      got.push(...records);
      this.positions.set(queue, Number(answer.extFields.nextBeginOffset));
    }
  }

  async sendBack(offset: number): Promise<void> {
    const header = { offset, group: this.group, delayLevel: 0, maxReconsumeTimes: RETRIES };
    const { code } = await this.client.askWith(RequestCode.CONSUMER_SEND_MSG_BACK, consumerSendBackRequest, header);
    expect(code).toBe(0);
  }
}

/** Ends the broker in a way chosen by `random`, and connects again. */
function restarter(broker: SimulatedBroker, random: Random, reconnected: (client: TestClient) => void) {
  const done = new Map(endings.map((how) => [how, 0]));
  const restart = async (): Promise<void> => {
    const how = endings[random.nextInt(endings.length)];
    done.set(how, (done.get(how) ?? 0) + 1);
    await broker.restart(how);
    reconnected(await broker.connect());
  };
  return Object.assign(restart, { summary: () => [...done].map(([how, times]) => `${times} × ${how}`).join(', ') });
}

async function sendAll(names: readonly string[], send: (name: string) => Promise<{ code: number }>): Promise<void> {
  for (const answer of await Promise.all(names.map(send))) expect(answer.code).toBe(0);
}

/** A level, or a time to the millisecond within the same two hours. */
function randomDelay(random: Random): { properties: Record<string, string>; delay: number } {
  if (random.nextInt(2) === 0) {
    const level = 1 + random.nextInt(DELAYS.length);
    return { properties: { DELAY: String(level) }, delay: DELAYS[level - 1] };
  }
  const delay = 1 + random.nextInt(2 * HOUR);
  return { properties: { TIMER_DELAY_MS: String(delay) }, delay };
}

function range(count: number, name: string | number = 'm'): string[] {
  return Array.from({ length: count }, (_, index) => `${name}-${index}`);
}

function chunksOf<T>(items: readonly T[], size: number): T[][] {
  return Array.from({ length: Math.ceil(items.length / size) }, (_, i) => items.slice(i * size, (i + 1) * size));
}
