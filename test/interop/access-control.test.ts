import type { SessionCredentials } from '../../lib/engine/index.js';
import { describeWhen } from '../support/requirements.js';
import { runHere } from '../support/test-terminal.js';
import { ApacheCluster } from './support/apache-cluster.js';
import type { ClientProbe } from './support/client-probe.js';
import type { Cluster } from './support/cluster.js';
import { startJavaClient } from './support/java-client.js';
import { java17AndMaven } from './support/java-programs.js';
import { accessSteps } from './support/mqadmin/access-steps.js';
import { OurCluster } from './support/our-cluster.js';
import { OutcomeTable } from './support/outcome-table.js';

const root: SessionCredentials = { accessKey: 'RocketMQAdmin', secretKey: '12345678' };
const anna: SessionCredentials = { accessKey: 'anna', secretKey: 'anna-secret' };
const properties = {
  authenticationEnabled: 'true',
  authenticationProvider: 'org.apache.rocketmq.auth.authentication.provider.DefaultAuthenticationProvider',
  authenticationMetadataProvider:
    'org.apache.rocketmq.auth.authentication.provider.LocalAuthenticationMetadataProvider',
  authorizationEnabled: 'true',
  authorizationProvider: 'org.apache.rocketmq.auth.authorization.provider.DefaultAuthorizationProvider',
  authorizationMetadataProvider: 'org.apache.rocketmq.auth.authorization.provider.LocalAuthorizationMetadataProvider',
  initAuthenticationUser: JSON.stringify({ username: root.accessKey, password: root.secretKey }),
  innerClientAuthenticationCredentials: JSON.stringify(root),
};

/** Who tries what. Rules allow anna to send to Orders, and to read Bills as the group app. */
const attempts: Record<
  string,
  { who?: SessionCredentials; what: string; topic: string; group?: string; outcome: RegExp }
> = {
  'the administrator sends': { who: root, what: 'send', topic: 'Orders', outcome: /^done$/ },
  'with a wrong secret': { who: { ...root, secretKey: 'wrong' }, what: 'send', topic: 'Orders', outcome: / 16$/ },
  'with an unknown key': { who: { ...root, accessKey: 'nobody' }, what: 'send', topic: 'Orders', outcome: / 16$/ },
  'without a key': { what: 'send', topic: 'Orders', outcome: / 16$/ },
  'a user sends where that is allowed': { who: anna, what: 'send', topic: 'Orders', outcome: /^done$/ },
  'in a transaction': { who: anna, what: 'transaction', topic: 'Orders', outcome: /^done$/ },
  'where only reading is': { who: anna, what: 'send', topic: 'Bills', outcome: / 16$/ },
  'where nothing is': { who: anna, what: 'send', topic: 'Others', outcome: / 16$/ },
  'in a transaction there': { who: anna, what: 'transaction', topic: 'Others', outcome: /^MQClientException/ },
  'pulls where that is allowed': { who: anna, what: 'pull', topic: 'Bills', group: 'app', outcome: /^done$/ },
  'by a group of others': { who: anna, what: 'pull', topic: 'Bills', group: 'others', outcome: / 16$/ },
  'from a topic of others': { who: anna, what: 'pull', topic: 'Others', group: 'app', outcome: / 16$/ },
  'with a wrong secret, too': {
    who: { ...anna, secretKey: 'x' },
    what: 'pull',
    topic: 'Bills',
    group: 'app',
    outcome: / 16$/,
  },
};

describeWhen(java17AndMaven, 'access control', () => {
  /** Apache's, then ours. */
  const clusters: Cluster[] = [];
  let nameServer: OurCluster | undefined;
  let probe: ClientProbe | undefined;
  const table = new OutcomeTable('access control: Apache’s Java client 5.3.3 and mqadmin', ['Apache', 'ours']);

  const run = <T>(command: string, parameters: Record<string, unknown>): Promise<T> => {
    if (!probe) throw new Error('the Java client has not started');
    return probe.run<T>(command, parameters);
  };
  const mqadmin = async (cluster: Cluster, words: readonly string[]): Promise<string> => {
    const given = [...words, '-n', cluster.nameServerAddresses];
    const printed = await run<string>('mqadmin', { arguments: given, ...root });
    return printed.replaceAll(cluster.brokerAddress, 'BROKER');
  };
  const onBoth = (ask: (cluster: Cluster) => Promise<string>): Promise<string[]> => Promise.all(clusters.map(ask));

  beforeAll(async () => {
    // Apache's name server asks nobody; with ours the same, what is compared is the brokers.
    nameServer = await OurCluster.startNameServer();
    const { nameServerAddresses } = nameServer;
    probe = await startJavaClient();
    clusters.push(await ApacheCluster.start({ properties }));
    clusters.push(await OurCluster.startBroker({ nameServerAddresses, properties }));
    await Promise.all(clusters.map(setUp));
  });

  afterAll(async () => {
    table.print();
    await probe?.stop();
    for (const cluster of clusters) await cluster.stop();
    await nameServer?.stop();
  });

  async function setUp(cluster: Cluster): Promise<void> {
    const at = ['-b', cluster.brokerAddress];
    for (const topic of ['Orders', 'Bills', 'Others']) {
      await mqadmin(cluster, ['updateTopic', ...at, '-t', topic, '-r', '1', '-w', '1']);
    }
    await mqadmin(cluster, ['createUser', ...at, '-u', anna.accessKey, '-p', anna.secretKey]);
    const allow = ['createAcl', ...at, '-s', 'User:anna', '-d', 'Allow'];
    await mqadmin(cluster, [...allow, '-r', 'Topic:Orders', '-a', 'Pub']);
    await mqadmin(cluster, [...allow, '-r', 'Topic:Bills,Group:ap*', '-a', 'Sub']);
  }

  test.each(Object.entries(attempts))('%s', async (title, { who, what, topic, group, outcome }) => {
    const [apache, ours] = await onBoth(async ({ nameServerAddresses: nameServer }) => {
      const given = { nameServer, what, topic, group, brokerName: 'broker-a', ...who };
      return (await run<{ outcome: string }>('attempt', given)).outcome;
    });
    table.set([title], 'Apache', apache);
    table.set([title], 'ours', ours);
    expect(ours).toBe(apache);
    expect(ours).toMatch(outcome);
  });

  test.each(Object.entries(accessSteps))('mqadmin %s', async (title, { words, prints, differs }) => {
    const [apache, ours] = await onBoth((cluster) => mqadmin(cluster, words(cluster.brokerAddress)));
    table.set([`mqadmin ${title}`], 'Apache', 'answers');
    table.set([`mqadmin ${title}`], 'ours', differs ?? 'the same');
    expect(apache).toMatch(prints);
    expect(ours).toMatch(prints);
    if (differs === undefined) expect(ours).toBe(apache);
    else expect(ours).not.toContain('berta123');
  });

  test.each(Object.entries(accessSteps))('our own %s', async (title, { words, ours: prints }) => {
    const [ofApache, ofOurs] = await onBoth(async (cluster) => {
      const variables = {
        NAMESRV_ADDR: cluster.nameServerAddresses,
        ROCKETMQ_ACCESS_KEY: root.accessKey,
        ROCKETMQ_SECRET_KEY: root.secretKey,
      };
      const { output, errors } = await runHere(words(cluster.brokerAddress), { variables });
      return (output + errors).replaceAll(cluster.brokerAddress, 'BROKER').replaceAll(/ +/g, ' ');
    });
    table.set([`ours: ${title}`], 'Apache', 'answers');
    table.set([`ours: ${title}`], 'ours', 'the same');
    expect(ofApache).toMatch(prints);
    expect(ofOurs).toBe(ofApache);
    expect(ofApache).not.toContain('berta123');
  });
});
