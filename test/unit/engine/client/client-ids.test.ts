import { ClientInstance } from '../../../../lib/engine/client/client-instance.js';
import { PushConsumer } from '../../../../lib/engine/client/consumer/push-consumer.js';
import { concurrent, Recorder, startConsumer } from '../../../support/consumer-rig.js';
import { ScriptedCluster } from '../../../support/scripted-cluster.js';
import { seededRandom } from '../../../../lib/testing/seeded-random.js';

/*
 * Two consumers of a group with one client id are taken for one: queues stay unconsumed, or are consumed twice.
 */
let cluster: ScriptedCluster;

beforeEach(async () => {
  cluster = new ScriptedCluster();
  await cluster.start('broker-a');
  cluster.createTopic('orders', { 'broker-a': 4 });
});

test('connections of one process have ids of their own', () => {
  const random = seededRandom(1);
  const { clock, log: logger, hub } = cluster;
  const identity = { ip: Buffer.from([10, 0, 0, 1]), processId: 42 };
  const ids = Array.from({ length: 1000 }, () => {
    const ports = { clock, random, logger, connector: hub.connector(), identity };
    return new ClientInstance(ports, { nameServers: ['10.0.1.1:9876'] }).clientId;
  });
  expect(new Set(ids).size).toBe(1000);
  expect(ids[0]).toMatch(/^10\.0\.0\.1@42#/);
});

test('so members of a group in one process share the queues, each queue once', async () => {
  const members = [];
  for (let n = 0; n < 3; n++) members.push(await startConsumer(cluster, concurrent(new Recorder())));
  await cluster.settle(1000);
  const queues = members.flatMap((member) => member.assignedQueues()).filter(({ topic }) => topic === 'orders');
  expect(queues.map(({ queueId }) => queueId).sort()).toEqual([0, 1, 2, 3]);
});

test('a second consumer of the group on the same connection is refused', async () => {
  const client = await cluster.client();
  await new PushConsumer(client, concurrent(new Recorder())).start();
  const second = new PushConsumer(client, concurrent(new Recorder()));
  await expect(second.start()).rejects.toThrow("consumer group 'points' has a consumer on this connection already");
});
