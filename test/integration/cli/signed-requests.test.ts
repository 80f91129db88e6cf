import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startBroker, startNameServer, type RunningServer } from '../../../lib/engine/index.js';
import { runHere, type CommandRun } from '../../support/test-terminal.js';

const admin = { accessKey: 'admin', secretKey: '12345678' };

let directory: string;
let nameServer: RunningServer;
let broker: RunningServer;

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'signed-requests-'));
  nameServer = await startNameServer({ port: 0 });
  broker = await startBroker({
    settings: {
      storePathRootDir: join(directory, 'store'),
      listenPort: 0,
      authenticationEnabled: true,
      authorizationEnabled: true,
      initAuthenticationUser: JSON.stringify({ username: admin.accessKey, password: admin.secretKey }),
    },
    nameServers: [nameServer.address],
  });
});

afterAll(async () => {
  await broker.stop();
  await nameServer.stop();
  await rm(directory, { recursive: true });
});

function listUsers(variables: Record<string, string>, more: readonly string[] = []): Promise<CommandRun> {
  const words = ['listUser', '-b', broker.address, '--json', ...more];
  return runHere(words, { variables: { NAMESRV_ADDR: nameServer.address, ...variables } });
}

async function toolsFile(name: string, content: string): Promise<string> {
  const path = join(directory, name);
  await writeFile(path, content);
  return path;
}

const environment = { ROCKETMQ_ACCESS_KEY: admin.accessKey, ROCKETMQ_SECRET_KEY: admin.secretKey };

test('by the environment', async () => {
  const { code, output } = await listUsers(environment);
  expect(code).toBe(0);
  expect(JSON.parse(output)).toMatchObject([{ username: 'admin', userType: 'Super', userStatus: 'enable' }]);
  expect(output).not.toContain(admin.secretKey);
});

test('by a file like mqadmin’s, where a number is a text, too; it is asked before the environment', async () => {
  const path = await toolsFile('tools.yml', 'accessKey: admin\nsecretKey: 12345678\n');
  const wrong = { ...environment, ROCKETMQ_SECRET_KEY: 'wrong' };
  expect(await listUsers(wrong)).toMatchObject({ code: 1, errors: expect.stringContaining('secret key') as string });
  expect(await listUsers(wrong, ['--tools-config', path])).toMatchObject({ code: 0 });
});

test('by conf/tools.yml of ROCKETMQ_HOME, if there is one', async () => {
  const home = join(directory, 'home');
  expect((await listUsers({ ROCKETMQ_HOME: home })).errors).toContain('give the client an access key');
  await mkdir(join(home, 'conf'), { recursive: true });
  await toolsFile('home/conf/tools.yml', 'accessKey: admin\nsecretKey: "12345678"\n');
  expect(await listUsers({ ROCKETMQ_HOME: home })).toMatchObject({ code: 0 });
});

test.each([
  ['one that is not there', undefined, 'cannot be read; name an existing file'],
  ['no YAML', '{ secretKey: "s3cret"', 'is no YAML'],
  ['without a secret', 'accessKey: admin', 'accessKey and secretKey are needed'],
  ['of another shape', '- s3cret', 'accessKey and secretKey are needed'],
])('a file is refused, and not shown: %s', async (title, content, message) => {
  const path = join(directory, `${title}.yml`);
  if (content !== undefined) await writeFile(path, content);
  const { code, errors } = await listUsers(environment, ['--tools-config', path]);
  expect(code).toBe(1);
  expect(errors).toContain(message);
  expect(errors).not.toContain('s3cret');
});

test('a key without its secret is called wrongly', async () => {
  expect(await listUsers({ ROCKETMQ_ACCESS_KEY: 'admin' })).toMatchObject({
    code: 2,
    errors: expect.stringContaining('go together') as string,
  });
});

test('where a source keeps secret keys to itself, a new user is not copied', async () => {
  const other = await startBroker({
    settings: {
      storePathRootDir: join(directory, 'other'),
      brokerName: 'other',
      listenPort: 0,
      authenticationEnabled: true,
      initAuthenticationUser: JSON.stringify({ username: admin.accessKey, password: admin.secretKey }),
    },
    nameServers: [nameServer.address],
  });
  const run = (...words: string[]): Promise<CommandRun> =>
    runHere(words, { variables: { NAMESRV_ADDR: nameServer.address, ...environment } });
  expect(await run('createUser', '-b', broker.address, '-u', 'anna', '-p', 'x')).toMatchObject({ code: 0 });
  expect(await run('updateUser', '-b', broker.address, '-u', 'anna')).toMatchObject({ code: 2 });
  const copy = ['copyUser', '-f', broker.address, '-t', other.address];
  expect((await run(...copy)).errors).toContain('make anna on');
  expect(await run(...copy, '-u', 'nobody')).toMatchObject({ code: 0, output: '' });
  await other.stop();
});

test('a broker without access control says how it is switched on', async () => {
  const open = await startBroker({
    settings: { storePathRootDir: join(directory, 'open'), brokerName: 'open', listenPort: 0 },
    nameServers: [nameServer.address],
  });
  const { errors } = await runHere(['listUser', '-b', open.address, '-n', nameServer.address]);
  expect(errors).toContain('authenticationEnabled=true');
  await open.stop();
});
