import { Cluster, quickBroker } from '../integration/nest/cluster.js';
import { consuming } from '../integration/nest/consuming.suite.js';
import { requestReply } from '../integration/nest/request-reply.suite.js';
import { shuttingDown } from '../integration/nest/shutting-down.suite.js';
import { traps } from '../integration/nest/traps.suite.js';
import { describeWhen } from '../support/requirements.js';
import { ApacheCluster } from './support/apache-cluster.js';
import { java17AndMaven } from './support/java-programs.js';

describeWhen(java17AndMaven, 'a Nest application on Apache 5.3.3 behaves as on our engine', () => {
  let apache: ApacheCluster;
  let cluster: Cluster;

  beforeAll(async () => {
    const properties = Object.entries(quickBroker).map(([name, value]) => [name, String(value)]);
    apache = await ApacheCluster.start({ properties: Object.fromEntries(properties) as Record<string, string> });
    cluster = new Cluster('by TCP', apache.nameServerAddresses);
  });

  afterAll(async () => {
    await cluster.stop();
    await apache.stop();
  });

  describe('consuming', () => consuming(() => cluster));
  describe('requests', () => requestReply(() => cluster));
  describe('traps', () => traps(() => cluster));
  describe('shutting down', () => shuttingDown(() => cluster));
});
