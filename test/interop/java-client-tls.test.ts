import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describeWhen } from '../support/requirements.js';
import { ApacheCluster } from './support/apache-cluster.js';
import type { ClientProbe } from './support/client-probe.js';
import type { Cluster } from './support/cluster.js';
import { startJavaClient } from './support/java-client.js';
import { java17AndMaven, shortLived } from './support/java-programs.js';
import { OurCluster } from './support/our-cluster.js';
import { OutcomeTable } from './support/outcome-table.js';

const path = (name: string): string => join(__dirname, '../fixtures/tls', `${name}.pem`);

const identity = {
  'tls.test.mode.enable': 'false',
  'tls.server.keyPath': path('key'),
  'tls.server.certPath': path('cert'),
};
const certificatesWanted = {
  'tls.server.need.client.auth': 'require',
  'tls.server.authClient': 'true',
  'tls.server.trustCertPath': path('cert'),
};
/** The broker is a client of the name server, too. */
const ownCertificate = {
  'tls.enable': 'true',
  'tls.client.authServer': 'true',
  'tls.client.trustCertPath': path('cert'),
  'tls.client.keyPath': path('key'),
  'tls.client.certPath': path('cert'),
};

/** How servers speak, in the words of a tls.properties. */
const modes: Record<string, Record<string, string>> = {
  disabled: { ...identity, 'tls.server.mode': 'disabled' },
  permissive: { ...identity, 'tls.server.mode': 'permissive' },
  enforcing: { ...identity, 'tls.server.mode': 'enforcing' },
  'enforcing, with certificates': {
    ...{ ...identity, ...certificatesWanted, ...ownCertificate },
    'tls.server.mode': 'enforcing',
  },
};
const MUTUAL = 'enforcing, with certificates';

interface Certificates {
  tls: boolean;
  ca?: string;
  key?: string;
  cert?: string;
}

const own = { key: path('key'), cert: path('cert') };
const clients: Record<string, Certificates> = {
  'no TLS': { tls: false },
  'any server': { tls: true },
  'servers it trusts': { tls: true, ca: path('cert') },
  'servers it does not trust': { tls: true, ca: path('other-cert') },
  'a certificate that is known': { tls: true, ca: path('cert'), ...own },
  'a certificate of a stranger': { tls: true, ca: path('cert'), key: path('other-key'), cert: path('other-cert') },
};
/** In the order of the clients: who is let in. */
const letIn: Record<string, readonly boolean[]> = {
  disabled: [true, false, false, false, false, false],
  permissive: [true, true, true, false, true, true],
  enforcing: [false, true, true, false, true, true],
  [MUTUAL]: [false, false, false, false, true, false],
};

describeWhen(java17AndMaven, 'Apache’s Java client 5.3.3 and servers with TLS', () => {
  const table = new OutcomeTable('Apache’s Java client 5.3.3 by TLS', ['Apache', 'ours']);
  /** By mode: Apache's, then ours. */
  const servers = new Map<string, [Cluster, Cluster]>();
  let directory: string;
  let probe: ClientProbe | undefined;

  beforeAll(async () => {
    directory = mkdtempSync(join(tmpdir(), 'java-client-tls-'));
    [probe] = await Promise.all([startJavaClient(), ...Object.keys(modes).map(start)]);
  });

  afterAll(async () => {
    table.print();
    await probe?.stop();
    for (const pair of servers.values()) for (const server of pair) await server.stop();
    rmSync(directory, { recursive: true });
  });

  /** Name servers are enough to get into; where certificates are wanted there is a broker, too. */
  async function start(mode: string): Promise<void> {
    const tlsConfig = join(directory, `${mode}.properties`);
    const lines = Object.entries(modes[mode]).map(([name, value]) => `${name}=${value}`);
    writeFileSync(tlsConfig, lines.join('\n'));
    const broker = mode === MUTUAL;
    const jvm = ['-Xmx256m', ...shortLived, ...lines.map((line) => `-D${line}`)];
    const apache = ApacheCluster.start({ broker, jvm });
    const ours = broker ? OurCluster.start({ tlsConfig }) : OurCluster.startNameServer({ tlsConfig });
    servers.set(mode, await Promise.all([apache, ours]));
  }

  async function attempt(command: string, server: Cluster, certificates: Certificates): Promise<string> {
    const given = { address: server.nameServerAddresses, ...certificates };
    return (await probe!.run<{ outcome: string }>(command, given)).outcome;
  }

  describe.each(Object.keys(modes))('%s', (mode) => {
    test.each(Object.entries(clients))('%s', async (client, certificates) => {
      const [apache, ours] = await Promise.all(
        servers.get(mode)!.map((server) => attempt('askByTls', server, certificates)),
      );
      table.set([mode, client], 'Apache', apache);
      table.set([mode, client], 'ours', ours);
      expect(ours === 'answered').toBe(apache === 'answered');
      expect(ours === 'answered').toBe(letIn[mode][Object.keys(clients).indexOf(client)]);
    });
  });

  test.each(Object.entries(clients))(
    'a producer sends, where certificates are wanted: %s',
    async (client, certificates) => {
      const [apache, ours] = await Promise.all(
        servers.get(MUTUAL)!.map((server) => attempt('sendByTls', server, certificates)),
      );
      table.set(['send', client], 'Apache', apache);
      table.set(['send', client], 'ours', ours);
      expect(ours).toBe(apache);
      expect(ours === 'sent').toBe(client === 'a certificate that is known');
    },
  );
});
