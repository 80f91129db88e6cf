import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { runCommandLine } from '../../../lib/cli/program.js';
import { connectEngine, NodeClock } from '../../../lib/engine/index.js';
import { runHere, TestTerminal } from '../../support/test-terminal.js';

const pem = (name: string): string => resolve(__dirname, '../../fixtures/tls', `${name}.pem`);

let directory: string;
let tlsConfig: string;

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'rocketmq-tls-'));
  tlsConfig = join(directory, 'tls.properties');
  const lines = [
    'tls.test.mode.enable=false',
    'tls.server.mode=enforcing',
    `tls.server.keyPath=${pem('key')}`,
    `tls.server.certPath=${pem('cert')}`,
    'tls.server.authClient=true',
    'tls.server.need.client.auth=require',
    `tls.server.trustCertPath=${pem('cert')}`,
    'tls.enable=true',
    'tls.client.authServer=true',
    `tls.client.trustCertPath=${pem('cert')}`,
    `tls.client.keyPath=${pem('key')}`,
    `tls.client.certPath=${pem('cert')}`,
  ];
  await writeFile(tlsConfig, lines.join('\n'));
});

afterEach(() => rm(directory, { recursive: true, force: true }));

test("servers and tools speak TLS by RocketMQ's tls.properties, and let nobody in without a certificate", async () => {
  const ending = new AbortController();
  let started: (report: string) => void;
  const report = new Promise<string>((resolveReport) => (started = resolveReport));
  const terminal = new (class extends TestTerminal {
    override out(text: string): void {
      super.out(text);
      started(text);
    }
  })();
  const words = ['start', '--store-dir', join(directory, 'store'), '--namesrv-port', '0', '--broker-port', '0'];
  // No --insecure: who gets in has shown who they are.
  const server = runCommandLine(
    [...words, '--host', '0.0.0.0', '-s', 'brokerIP1=127.0.0.1', '--tls-config', tlsConfig],
    {
      terminal,
      clock: new NodeClock(),
      variables: {},
      connect: (nameServers: readonly string[]) => connectEngine({ nameServers }),
      interruption: () => ending.signal,
    },
  );
  const text = await report;
  expect(text).toMatch(/open to +EVERY MACHINE that reaches \S+, with TLS, with a certificate that is trusted/);
  const [, port] = /name server \S+:(\d+)\n/.exec(text) ?? [];

  const inside = await runHere(['topicList', '-n', `127.0.0.1:${port}`, '--tls-config', tlsConfig]);
  expect(inside).toMatchObject({ code: 0, errors: '', output: expect.stringContaining('TBW102') as string });
  expect((await runHere(['topicList', '-n', `127.0.0.1:${port}`])).code).toBe(1);

  ending.abort();
  expect(await server).toBe(0);
});

test('a file that is not there is named', async () => {
  const { code, errors } = await runHere(['namesrv', '--tls-config', '/nowhere/tls.properties']);
  expect(code).toBe(1);
  expect(errors).toBe('rocketmq: tlsConfig: /nowhere/tls.properties cannot be read; name an existing file\n');
});
