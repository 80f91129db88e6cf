import { describeWhen } from '../support/requirements.js';
import type { ClientProbe } from './support/client-probe.js';
import { firstKey, type Sent } from './support/delivered.js';
import { startJavaClient } from './support/java-client.js';
import { java17AndMaven } from './support/java-programs.js';
import { OurCluster } from './support/our-cluster.js';

const COUNT = 1_000;
const KILLS = 4;
const TAGS = ['TagA', 'TagB', 'TagC', 'TagD', 'TagE'];

// Apache's quick start: TopicTest is made by its first message, "Hello RocketMQ i" with tags by turns.
describeWhen(java17AndMaven, 'Apache’s quick start on our broker, which is killed in the middle', () => {
  let probe: ClientProbe;
  let cluster: OurCluster;

  beforeAll(async () => {
    probe = await startJavaClient();
    cluster = await OurCluster.start();
  });

  afterAll(async () => {
    await probe.stop();
    await cluster.stop();
  });

  test('none of a thousand messages is lost', async () => {
    const java = probe.at(cluster.nameServerAddresses);
    await java.send(messages(0, 1));
    const consumer = await java.consume({ group: 'please_rename_unique_group_name', topics: ['TopicTest'] });
    const part = COUNT / (KILLS + 1);
    for (let from = 0; from < COUNT; from += part) {
      if (from > 0) await cluster.killAndRestart();
      await sendUntilAcknowledged(messages(from, part));
    }
    const got = await consumer.until((all) => new Set(all.map(firstKey)).size >= COUNT, 'all thousand', 60_000);
    await consumer.stop();
    for (const message of got) {
      const i = Number(firstKey(message));
      expect(message.body.toString()).toBe(`Hello RocketMQ ${i}`);
      expect(message.tag).toBe(TAGS[i % TAGS.length]);
    }

    /** What was not acknowledged is sent again, as any sender has to. */
    async function sendUntilAcknowledged(unsent: readonly Sent[]): Promise<void> {
      for (const message of unsent) {
        for (let isSent = false; !isSent;) isSent = await java.send([message]).then(succeeded, failed);
      }
    }
  });
});

const succeeded = (): boolean => true;
const failed = (): boolean => false;

function messages(from: number, count: number): Sent[] {
  return Array.from({ length: count }, (_, n) => {
    const i = from + n;
    const body = Buffer.from(`Hello RocketMQ ${i}`);
    return { topic: 'TopicTest', body, tag: TAGS[i % TAGS.length], keys: [String(i)], flag: 0, properties: {} };
  });
}
