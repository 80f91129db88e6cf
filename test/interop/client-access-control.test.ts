import { connectEngine, type Engine, type SessionCredentials } from '../../lib/engine/index.js';
import { describeWhen } from '../support/requirements.js';
import { ApacheCluster, type ApacheClusterOptions } from './support/apache-cluster.js';
import { consumeByUs } from './support/our-clients.js';
import { java17AndMaven } from './support/java-programs.js';
import { OutcomeTable } from './support/outcome-table.js';

const right: SessionCredentials = { accessKey: 'RocketMQAdmin', secretKey: '12345678' };

/** Apache's access control of either generation; both know one administrator. */
const generations: readonly { name: string; options: ApacheClusterOptions }[] = [
  {
    name: '4.9.7, plain_acl.yml',
    options: {
      release: '4.9',
      properties: { aclEnable: 'true' },
      homeFiles: {
        'conf/plain_acl.yml': [
          'globalWhiteRemoteAddresses: []',
          'accounts:',
          `- accessKey: ${right.accessKey}`,
          `  secretKey: ${right.secretKey}`,
          '  admin: true',
          '',
        ].join('\n'),
      },
    },
  },
  {
    name: '5.3.3, authentication and authorization',
    options: {
      properties: {
        authenticationEnabled: 'true',
        authenticationProvider: 'org.apache.rocketmq.auth.authentication.provider.DefaultAuthenticationProvider',
        authenticationMetadataProvider:
          'org.apache.rocketmq.auth.authentication.provider.LocalAuthenticationMetadataProvider',
        authorizationEnabled: 'true',
        authorizationProvider: 'org.apache.rocketmq.auth.authorization.provider.DefaultAuthorizationProvider',
        authorizationMetadataProvider:
          'org.apache.rocketmq.auth.authorization.provider.LocalAuthorizationMetadataProvider',
        initAuthenticationUser: JSON.stringify({ username: right.accessKey, password: right.secretKey }),
        innerClientAuthenticationCredentials: JSON.stringify(right),
      },
    },
  },
];

describeWhen(java17AndMaven, 'our client and Apache’s access control', () => {
  const table = new OutcomeTable(
    'our client and Apache’s access control',
    generations.map(({ name }) => name),
  );

  afterAll(() => table.print());

  describe.each(generations)('$name', ({ name, options }) => {
    let cluster: ApacheCluster;
    const engines: Engine[] = [];

    const connect = async (credentials?: SessionCredentials): Promise<Engine> => {
      const engine = await connectEngine({ nameServers: [cluster.nameServerAddresses], credentials });
      engines.push(engine);
      return engine;
    };
    const sendBy = async (engine: Engine, topic: string, body = 'hello'): Promise<unknown> => {
      const producer = engine.createProducer({ group: 'senders' });
      await producer.start();
      return producer
        .send({ topic, body: Buffer.from(body), keys: 'k', tag: 'Ümlaut' })
        .finally(async () => producer.stop());
    };
    const row = (title: string, check: () => Promise<void>): void => {
      table.set([title], name, '-');
      test(title, async () => table.record([title], name, check));
    };

    beforeAll(async () => {
      cluster = await ApacheCluster.start(options);
      const engine = await connect(right);
      await engine.admin.topics.create('Guarded', { readQueueNums: 2, writeQueueNums: 2 });
    });

    afterEach(async () => {
      await Promise.all(engines.splice(0).map(async (engine) => engine.stop()));
    });

    afterAll(async () => cluster.stop());

    row('the right key sends, consumes and ends transactions', async () => {
      const engine = await connect(right);
      const consumer = await consumeByUs(engine, 'Guarded', 'guards');
      await sendBy(engine, 'Guarded');
      const transactions = engine.createTransactionProducer({ group: 'tx', checker: async () => undefined });
      await transactions.start();
      const { handle } = await transactions.sendHalf({ topic: 'Guarded', body: Buffer.from('half') });
      await transactions.end(handle, 'COMMIT');
      const got = await consumer.messages.atLeast(2);
      expect(got.map(({ body }) => body.toString()).sort()).toEqual(['half', 'hello']);
      expect((await engine.admin.topics.queues('Guarded')).length).toBe(2);
      await transactions.stop();
      await consumer.stop();
    });

    row('a security token is signed too', async () => {
      await sendBy(await connect({ ...right, securityToken: 'token-1' }), 'Guarded');
    });

    row('a wrong secret is refused with a clear error', async () => {
      const engine = await connect({ ...right, secretKey: 'wrong-secret' });
      await expect(sendBy(engine, 'Guarded')).rejects.toMatchObject({ code: 'BROKER_RESPONSE' });
    });

    row('an unknown key is refused', async () => {
      const engine = await connect({ accessKey: 'nobody', secretKey: '12345678' });
      await expect(sendBy(engine, 'Guarded')).rejects.toMatchObject({ code: 'BROKER_RESPONSE' });
    });

    row('no key is refused', async () => {
      await expect(sendBy(await connect(), 'Guarded')).rejects.toMatchObject({ code: 'BROKER_RESPONSE' });
    });
  });
});
