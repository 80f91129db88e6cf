import { resolveBrokerOptions } from '../../../../lib/engine/broker/broker-options.js';
import { HalfMessageQueue } from '../../../../lib/engine/broker/half-message-queue.js';
import { PutMessage } from '../../../../lib/engine/broker/put-message.js';
import type { MessageRecord } from '../../../../lib/engine/message/message.js';
import { silentLogger } from '../../../../lib/engine/ports/logger.js';
import { VirtualClock } from '../../../../lib/testing/virtual-clock.js';
import { MemoryMessageStore } from '../../../support/memory-message-store.js';

const brokerHost = { host: '127.0.0.1', port: 10911 };
const clock = new VirtualClock();
const options = resolveBrokerOptions({});

let store: MemoryMessageStore;
let queue: HalfMessageQueue;
let halves: number;

beforeEach(async () => {
  halves = 0;
  store = new MemoryMessageStore(clock);
  const putMessage = new PutMessage(store, clock, options, new Set());
  queue = new HalfMessageQueue({ store, putMessage, options, brokerHost, clock, log: silentLogger });
  await queue.start();
});

afterEach(() => queue.stop());

async function half(uniqKey: string): Promise<MessageRecord> {
  await queue.prepare({
    topic: 'T',
    queueId: 0,
    flag: 0,
    sysFlag: 0,
    bornTimestamp: clock.now(),
    bornHost: brokerHost,
    reconsumeTimes: 0,
    preparedTransactionOffset: 0,
    body: Buffer.from(uniqKey),
    properties: new Map([['UNIQ_KEY', uniqKey]]),
  });
  const { records } = await queue.readHalves(halves++);
  return records[0];
}

test('an outcome is settled for whoever brought it, whatever others bring at any moment', async () => {
  for (let lag = 0; lag < 30; lag++) {
    const [first, second] = [await half(`A${lag}`), await half(`B${lag}`)];
    queue.markDone(first, 'COMMITTED');
    const settled = queue.settle();
    for (let turns = 0; turns < lag; turns++) await Promise.resolve();
    queue.markDone(second, 'COMMITTED');
    expect(await settled).toBe(true);
  }
});

test('an outcome that could not be stored is not settled, and is stored later', async () => {
  queue.markDone(await half('A'), 'COMMITTED');
  store.failure = () => 'SERVICE_NOT_AVAILABLE';
  expect(await queue.settle()).toBe(false);
  store.failure = undefined;
  await clock.advance(options.transactionOpBatchInterval);
  expect((await queue.readOps(0)).records.map(({ body }) => body.toString())).toEqual(['0,']);
});
