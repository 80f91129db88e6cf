import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { probe } from '../../../lib/cli/doctor/probe.js';
import { storeFacts } from '../../../lib/cli/doctor/store-facts.js';
import { startEmbeddedEngine } from '../../../lib/engine/index.js';
import { runHere } from '../../support/test-terminal.js';

let directory: string;

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'rocketmq-doctor-'));
});

afterEach(() => rm(directory, { recursive: true, force: true }));

test('a port that opens is told from one that does not', async () => {
  const server = createServer().listen(0, '127.0.0.1');
  await new Promise((listening) => server.once('listening', listening));
  const { port } = server.address() as { port: number };
  expect(await probe(`127.0.0.1:${port}`)).toBeUndefined();
  await new Promise((closed) => server.close(closed));
  expect(await probe(`127.0.0.1:${port}`)).toMatch(/ECONNREFUSED/);
});

test('a store in use tells of its process, one that is not there tells why', async () => {
  await using engine = await startEmbeddedEngine({ storeDir: directory });
  const inUse = await storeFacts(directory);
  expect(inUse).toMatchObject({ directory, freeBytes: expect.any(Number) as number });
  if (process.platform === 'linux') expect(inUse.openFiles).toBeGreaterThan(0);
  await engine.stop();
  expect((await storeFacts(directory)).openFiles).toBeUndefined();

  expect((await storeFacts(join(directory, 'nowhere'))).problem).toMatch(/^cannot be used: ENOENT/);
  await writeFile(join(directory, 'file'), '');
  expect((await storeFacts(join(directory, 'file'))).problem).toBe('is not a directory');
});

test('says in two lines what is wrong and what to do, and ends with 1', async () => {
  const { code, output, errors } = await runHere(['doctor', '-n', '127.0.0.1:1', '--store-dir', directory]);
  expect(output).toBe(
    'Looked at 1 name server, 0 brokers and 0 groups.\n' +
      'error    name server 127.0.0.1:1: cannot be reached: connect ECONNREFUSED 127.0.0.1:1\n' +
      '         -> start it, or correct -n or NAMESRV_ADDR\n',
  );
  expect(errors).toBe('rocketmq: 1 of 1 findings need care\n');
  expect(code).toBe(1);
});

test('ends with 0 when nothing is an error', async () => {
  const listen = { nameServerPort: 0, brokerPort: 0 };
  await using engine = await startEmbeddedEngine({ storeDir: directory, listen });
  const { code, output } = await runHere(['doctor', '-n', engine.nameServerAddresses!]);
  expect(output).toMatch(/^Looked at 1 name server, 1 broker and 0 groups[.:]/);
  expect(code).toBe(0);
});
