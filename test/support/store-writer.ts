// node store-writer.js DIRECTORY FLUSH_DISK_TYPE SEED
//
// A process that is there to be killed: it puts messages as fast as it can and says on its output
// which ones were acknowledged, a line `queueId queueOffset` each. The body begins with the offset
// that the message must get.
import { messageToStore, openStore } from './store-fixture.js';
import { seededRandom } from '../../lib/testing/seeded-random.js';
import { writerOptions, WRITER_QUEUES, WRITER_TOPIC } from './store-writer-options.js';
import type { FlushDiskType } from '../../lib/engine/store/store-options.js';

const [directory, flushDiskType, seed] = process.argv.slice(2);
const random = seededRandom(Number(seed));
const store = openStore(directory, { ...writerOptions, flushDiskType: flushDiskType as FlushDiskType });
await store.start();
const next = WRITER_QUEUES.map((queueId) => store.maxQueueOffset(WRITER_TOPIC, queueId));
process.stdout.write('ready\n');
await Promise.all(Array.from({ length: 16 }, send));

async function send(): Promise<never> {
  for (;;) {
    const queueId = random.nextInt(WRITER_QUEUES.length);
    const count = random.nextInt(5) === 0 ? 1 + random.nextInt(5) : 1;
    const first = next[queueId];
    next[queueId] += count;
    const batch = Array.from({ length: count }, (_, i) => {
      const padding = 'x'.repeat(random.nextInt(random.nextInt(20) === 0 ? 60_000 : 600));
      const properties = new Map([['KEYS', `k${queueId}-${first + i}`]]);
      return messageToStore(WRITER_TOPIC, queueId, `${first + i} ${padding}`, { properties });
    });
    const { status, remark } = await store.putBatch(batch);
    if (status !== 'PUT_OK') throw new Error(`${status}: ${remark ?? ''}`);
    process.stdout.write(`${queueId} ${first + count - 1}\n`);
  }
}
