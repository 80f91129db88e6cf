import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { messageToStore, openStore, properties, smallFiles, temporaryDirectory } from '../../support/store-fixture.js';
import { runHere } from '../../support/test-terminal.js';

const INDEX = { maxHashSlotNum: 100, maxIndexNum: 400 };
const indexOptions = ['--hash-slots', '100', '--index-entries', '400'];

let directory: ReturnType<typeof temporaryDirectory>;
beforeEach(() => (directory = temporaryDirectory()));
afterEach(() => directory.remove());

async function rocketmq(...args: string[]): Promise<{ code: number; stdout: string; stderr: string }> {
  const { code, output, errors } = await runHere(['store', ...args]);
  return { code, stdout: output, stderr: errors };
}

/** @returns where each message begins */
async function fill(count: number): Promise<number[]> {
  const store = openStore(directory.path, { ...smallFiles, ...INDEX });
  await store.start();
  const offsets: number[] = [];
  for (let i = 0; i < count; i++) {
    const message = messageToStore('T', i % 2, `body ${i} \x1b[31m`, {
      properties: properties(`KEYS=k${i}`, 'TAGS=TagA'),
    });
    offsets.push((await store.put(message)).appended[0].physicalOffset);
  }
  await store.stop();
  return offsets;
}

it('verifies, dumps and repairs a store', async () => {
  const offsets = await fill(20);
  const good = await rocketmq('verify', directory.path, ...indexOptions);
  expect(good).toMatchObject({ code: 0, stderr: '' });
  expect(good.stdout).toMatch(/20 records[\s\S]*20 entries in 2 queues[\s\S]*No problem was found\./);

  const log = join(directory.path, 'commitlog/00000000000000000000');
  const bytes = readFileSync(log);
  bytes[offsets[7] + 90] ^= 1;
  writeFileSync(log, bytes);
  const bad = await rocketmq('verify', directory.path, ...indexOptions);
  expect(bad.code).toBe(1);
  expect(bad.stdout).toContain(`error   ${log} at byte ${offsets[7].toLocaleString('en')}: the body's CRC is`);
  const json = await rocketmq('verify', directory.path, '--json', ...indexOptions);
  expect(JSON.parse(json.stdout)).toMatchObject({
    commitLog: { records: 19 },
    damages: [{ from: offsets[7], to: offsets[8] }],
  });

  const asked = await rocketmq('repair', directory.path, ...indexOptions);
  expect(asked.stdout).toMatch(/repair it with --yes/);
  expect(readFileSync(log).equals(bytes)).toBe(true);
  const repaired = await rocketmq('repair', directory.path, '--yes', ...indexOptions);
  expect(repaired).toMatchObject({ code: 0 });
  expect(repaired.stdout).toContain('bytes were given up');

  const dumped = await rocketmq('dump', directory.path, '--topic', 'T', '--queue', '1', '--count', '3');
  expect(dumped.stdout.split('\n').map((line) => line.split(' ')[2])).toEqual(['T/1@0', 'T/1@1', 'T/1@2', undefined]);
  expect(dumped.stdout).not.toContain('\x1b');
  const [first] = (await rocketmq('dump', directory.path, '--json')).stdout.split('\n');
  expect(JSON.parse(first)).toMatchObject({ topic: 'T', queueOffset: 0, properties: { KEYS: 'k0', TAGS: 'TagA' } });
});

it('says what is wrong with what it was given', async () => {
  expect(await rocketmq('verify', join(directory.path, 'none'))).toMatchObject({ code: 1, stdout: '' });
  expect((await rocketmq('verify', directory.path)).stderr).toMatch(/holds no store/);
  expect((await rocketmq('dump', directory.path, '--from', 'x')).stderr).toMatch(/whole number/);
  const store = openStore(directory.path, smallFiles);
  await store.start();
  await store.put(messageToStore('T', 0, 'x'));
  expect((await rocketmq('verify', directory.path)).stderr).toMatch(/in use by another broker/);
  await store.stop();
});
