import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { connectEngine, type ClientTls } from '../../lib/engine/index.js';
import { describeWhen } from '../support/requirements.js';
import { ApacheCluster } from './support/apache-cluster.js';
import { java17AndMaven, shortLived } from './support/java-programs.js';
import { consumeByUs, sendByUs } from './support/our-clients.js';
import { sampleMessages } from './support/sample-messages.js';
import { sortedContents } from './support/delivered.js';

const path = (name: string): string => join(__dirname, '../fixtures/tls', `${name}.pem`);
const pem = (name: string): string => readFileSync(path(name), 'utf8');

/** Name server and broker take TLS only, and only from clients with a certificate they know. */
const enforcing = {
  'tls.test.mode.enable': 'false',
  'tls.server.mode': 'enforcing',
  'tls.server.keyPath': path('key'),
  'tls.server.certPath': path('cert'),
  'tls.server.need.client.auth': 'require',
  'tls.server.authClient': 'true',
  'tls.server.trustCertPath': path('cert'),
  'tls.client.keyPath': path('key'),
  'tls.client.certPath': path('cert'),
  'tls.client.trustCertPath': path('cert'),
};

const ca = pem('cert');
const known = { key: pem('key'), cert: pem('cert') };
const stranger = { key: pem('other-key'), cert: pem('other-cert') };

describeWhen(java17AndMaven, 'our client and Apache’s servers that take TLS only', () => {
  let cluster: ApacheCluster;

  beforeAll(async () => {
    const jvm = ['-Xmx512m', ...shortLived, ...Object.entries(enforcing).map(([name, value]) => `-D${name}=${value}`)];
    cluster = await ApacheCluster.start({ jvm });
  });

  afterAll(async () => cluster.stop());

  test.each<[string, ClientTls]>([
    ['the servers’ authority and a certificate of our own', { ca, ...known }],
    ['any certificate of a server', { trustAll: true, ...known }],
  ])('messages come and go: %s', async (name, tls) => {
    await using engine = await connectEngine({ nameServers: [cluster.nameServerAddresses], tls });
    const topic = `tls-${name.length}`;
    await engine.admin.topics.create(topic);
    const messages = sampleMessages(topic, 20);
    const consumer = await consumeByUs(engine, topic, `group-${topic}`);
    await sendByUs(engine, messages);
    expect(sortedContents(await consumer.messages.atLeast(20))).toEqual(sortedContents(messages));
    await consumer.stop();
  });

  test.each<[string, ClientTls | undefined]>([
    ['no TLS', undefined],
    ['no certificate of our own', { ca }],
    ['a certificate nobody knows', { ca, ...stranger }],
    ['servers that nobody we trust has signed', known],
  ])('refused with a typed error: %s', async (_name, tls) => {
    await using engine = await connectEngine({ nameServers: [cluster.nameServerAddresses], tls });
    await expect(engine.admin.topics.names()).rejects.toMatchObject({
      code: expect.stringMatching(/^(CONNECT|CLOSED|REQUEST_TIMEOUT)$/) as string,
    });
  });
});
