import { AdminClient } from '../../../../../lib/engine/client/admin/admin-client.js';
import type { RequestProcessor } from '../../../../../lib/engine/remoting/channel.js';
import { RequestCode } from '../../../../../lib/engine/protocol/request-code.js';
import { ScriptedCluster } from '../../../../support/scripted-cluster.js';

const never: RequestProcessor = () => new Promise(() => {});
const queue = { topic: 'orders', brokerName: 'broker-a', queueId: 0 };

let cluster: ScriptedCluster;
let admin: AdminClient;
let controller: AbortController;

beforeEach(async () => {
  cluster = new ScriptedCluster();
  await cluster.start('broker-a');
  cluster.createTopic('orders', { 'broker-a': 1 });
  admin = new AdminClient(await cluster.client());
  controller = new AbortController();
});

function silence(...codes: number[]): void {
  for (const peer of [...cluster.nameServers, cluster.broker()]) {
    for (const code of codes) peer.once(code, never, 100);
  }
}

type Call = (admin: AdminClient) => Promise<unknown>;

test.each<[string, number, Call]>([
  ['for a name server', RequestCode.GET_ALL_TOPIC_LIST_FROM_NAMESERVER, ({ topics }) => topics.names()],
  ['for all of them', RequestCode.GET_BROKER_CLUSTER_INFO, ({ brokers }) => brokers.list()],
  ['for a route', RequestCode.GET_ROUTEINFO_BY_TOPIC, ({ offsets }) => offsets.max(queue)],
  ['for a broker', RequestCode.GET_MAX_OFFSET, ({ offsets }) => offsets.max(queue)],
  ['for a page of a queue', RequestCode.PULL_MESSAGE, ({ messages }) => messages.read(queue, 0)],
  ['for a figure', RequestCode.GET_BROKER_RUNTIME_INFO, ({ brokers }) => brokers.runtimeInfo('10.0.0.1:10911')],
])('a signal ends the wait %s', async (_what, code, call) => {
  silence(code);
  const outcome = expect(call(admin.withSignal(controller.signal))).rejects.toMatchObject({ code: 'ABORTED' });
  await cluster.settle(10);
  controller.abort();
  await outcome;
});

test('a signal that has fired lets nothing begin, and others go on', async () => {
  controller.abort();
  await expect(admin.withSignal(controller.signal).topics.names()).rejects.toMatchObject({ code: 'ABORTED' });
  await expect(admin.topics.names()).resolves.toEqual(['orders']);
});
