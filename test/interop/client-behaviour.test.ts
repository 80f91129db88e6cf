import { connectEngine, type Engine } from '../../lib/engine/index.js';
import { administration, operation } from '../integration/engine/behaviour/administration.suite.js';
import { clientSettings } from '../integration/engine/behaviour/client-settings.suite.js';
import { consuming } from '../integration/engine/behaviour/consuming.suite.js';
import { ordering } from '../integration/engine/behaviour/ordering.suite.js';
import { popping } from '../integration/engine/behaviour/popping.suite.js';
import { producing } from '../integration/engine/behaviour/producing.suite.js';
import { pulling } from '../integration/engine/behaviour/pulling.suite.js';
import { restarting } from '../integration/engine/behaviour/restarting.suite.js';
import { transactions } from '../integration/engine/behaviour/transactions.suite.js';
import type { Target } from '../support/engine-targets.js';
import { describeWhen } from '../support/requirements.js';
import { ApacheCluster } from './support/apache-cluster.js';
import { java17AndMaven } from './support/java-programs.js';

/** Apache's broker, with the delays of the suite's other targets. */
async function startTarget(): Promise<Target> {
  const nameServer = await ApacheCluster.start({ broker: false });
  const { nameServerAddresses } = nameServer;
  const broker = await ApacheCluster.start({
    nameServerAddresses,
    properties: {
      messageDelayLevel: Array<string>(18).fill('1s').join(' '),
      transactionTimeOut: '1000',
      transactionCheckInterval: '1000',
      recallMessageEnable: 'true',
      transactionOpBatchInterval: '100',
      enablePropertyFilter: 'true',
    },
  });
  const engines: Engine[] = [];
  return {
    async connect(settings) {
      const engine = await connectEngine({ ...settings, nameServers: [nameServerAddresses] });
      engines.push(engine);
      return engine;
    },
    restartBroker: async () => broker.restart(),
    async stop() {
      await Promise.all(engines.map((engine) => engine.stop()));
      await broker.stop();
      await nameServer.stop();
    },
  };
}

describeWhen(java17AndMaven, 'our client on Apache 5.3.3 behaves as on ours', () => {
  let target: Target;

  beforeAll(async () => {
    target = await startTarget();
  });

  afterAll(async () => {
    await target.stop();
  });

  describe('producing', () => producing(() => target));
  describe('consuming', () => consuming(() => target));
  describe('pulling', () => pulling(() => target));
  describe('popping', () => popping(() => target));
  describe('ordering', () => ordering(() => target));
  describe('transactions', () => transactions(() => target));
  describe('restarting', () => restarting(() => target));
  describe('client settings', () => clientSettings(() => target));
  describe('administration', () => administration(() => target));
  describe('operation', () => operation(() => target));
});
