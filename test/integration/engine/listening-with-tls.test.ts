import { copyFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  connectEngine,
  startEmbeddedEngine,
  type ClientTls,
  type Engine,
  type ListenSettings,
} from '../../../lib/engine/index.js';

const fixture = (name: string): string => join(__dirname, '../../fixtures/tls', `${name}.pem`);
const pem = (name: string): string => readFileSync(fixture(name), 'utf8');
const identity = { key: pem('key'), cert: pem('cert') };
const stranger = { key: pem('other-key'), cert: pem('other-cert') };

let directory: string;
const engines: Engine[] = [];

beforeEach(() => (directory = mkdtempSync(join(tmpdir(), 'listen-tls-'))));

afterEach(async () => {
  for (const engine of engines.splice(0).reverse()) await engine.stop();
  rmSync(directory, { recursive: true, force: true });
});

async function listening(listen: ListenSettings): Promise<string> {
  const engine = await startEmbeddedEngine({
    storeDir: join(directory, 'store'),
    listen: { nameServerPort: 0, brokerPort: 0, ...listen },
  });
  engines.push(engine);
  return engine.nameServerAddresses ?? '';
}

async function sends(nameServer: string, tls?: ClientTls): Promise<string> {
  const engine = await connectEngine({ nameServers: [nameServer], tls });
  engines.push(engine);
  const producer = engine.createProducer({ group: 'p', sendMsgTimeoutMs: 3000 });
  await producer.start();
  try {
    return (await producer.send({ topic: 'T', body: Buffer.from('x') })).status;
  } catch (error) {
    return `${(error as Error).message} ${((error as Error).cause as Error | undefined)?.message}`;
  }
}

test('both ports of an embedded engine speak TLS', async () => {
  const nameServer = await listening({ tls: { ...identity, plainAllowed: false } });
  expect(await sends(nameServer, { ca: identity.cert })).toBe('SEND_OK');
  expect(await sends(nameServer, { ca: stranger.cert })).toMatch('signed by itself');
  expect(await sends(nameServer)).not.toBe('SEND_OK');
});

test('clients without a certificate are refused where one is asked for', async () => {
  const tls = { ...identity, plainAllowed: false, ca: identity.cert, clientCertRequired: true };
  const nameServer = await listening({ tls });
  expect(await sends(nameServer, { ca: identity.cert, ...identity })).toBe('SEND_OK');
  expect(await sends(nameServer, { ca: identity.cert })).not.toBe('SEND_OK');
  expect(await sends(nameServer, { ca: identity.cert, ...stranger })).not.toBe('SEND_OK');
});

test('a renewed certificate is in use without a restart, and open connections live on', async () => {
  const [key, cert, tlsConfig] = ['key.pem', 'cert.pem', 'tls.properties'].map((name) => join(directory, name));
  copyFileSync(fixture('key'), key);
  copyFileSync(fixture('cert'), cert);
  const lines = ['tls.test.mode.enable=false', 'tls.server.mode=enforcing'];
  writeFileSync(tlsConfig, [...lines, `tls.server.keyPath=${key}`, `tls.server.certPath=${cert}`].join('\n'));
  const nameServer = await listening({ tlsConfig });
  const early = await connectEngine({ nameServers: [nameServer], tls: { ca: identity.cert } });
  engines.push(early);
  const producer = early.createProducer({ group: 'early' });
  await producer.start();
  await producer.send({ topic: 'T', body: Buffer.from('x') });

  copyFileSync(fixture('other-key'), key); // for a moment it does not go with the certificate
  expect(await sends(nameServer, { ca: identity.cert })).toBe('SEND_OK');
  copyFileSync(fixture('other-cert'), cert);
  while ((await sends(nameServer, { ca: stranger.cert })) !== 'SEND_OK') await engines.pop()?.stop();
  await producer.send({ topic: 'T', body: Buffer.from('x') });
});

test('who starts with files that are not there is told', async () => {
  await expect(listening({ tlsConfig: join(directory, 'none') })).rejects.toThrow('none cannot be read');
  await expect(listening({ tlsConfig: 'x', tls: { ...identity, plainAllowed: true } })).rejects.toThrow(
    'in place of tls',
  );
});
