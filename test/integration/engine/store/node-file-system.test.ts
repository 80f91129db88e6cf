import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { NodeFileSystem } from '../../../../lib/engine/platform/node-file-system.js';
import { hasErrorCode } from '../../../../lib/engine/ports/file-system.js';
import { describeWhen } from '../../../support/requirements.js';
import { temporaryDirectory } from '../../../support/store-fixture.js';

const fileSystem = new NodeFileSystem();
let directory: ReturnType<typeof temporaryDirectory>;
beforeEach(() => (directory = temporaryDirectory()));
afterEach(() => directory.remove());

describe('files', () => {
  it('are written by many chunks at a place, and read back', async () => {
    const file = await fileSystem.open(join(directory.path, 'f'), { create: true });
    const chunks = Array.from({ length: 3000 }, (_, i) => Buffer.alloc(i % 7, i % 256));
    const whole = Buffer.concat(chunks);
    await file.write(chunks, 100);
    expect(await file.size()).toBe(100 + whole.length);
    const read = Buffer.alloc(whole.length + 50);
    expect(await file.read(read, 100)).toBe(whole.length);
    expect(read.subarray(0, whole.length).equals(whole)).toBe(true);
    await file.datasync();
    await file.close();
  });

  it('grow by zeros that take no space', async () => {
    const path = join(directory.path, 'f');
    const file = await fileSystem.open(path, { create: true });
    await file.truncate(1024 ** 3);
    await file.close();
    expect(statSync(path).size).toBe(1024 ** 3);
    expect(statSync(path).blocks).toBe(0);
  });

  it('tell by their code what went wrong', async () => {
    const missing = join(directory.path, 'none');
    const error = await fileSystem.open(missing).catch((reason: unknown) => reason);
    expect(hasErrorCode(error, 'ENOENT')).toBe(true);
    expect(await fileSystem.status(missing)).toBeUndefined();
    expect(await fileSystem.list(missing)).toEqual([]);
    await fileSystem.remove(missing);
  });

  it('are listed, renamed and removed, directories too', async () => {
    await fileSystem.makeDirectory(join(directory.path, 'a/b'));
    writeFileSync(join(directory.path, 'a/b/x'), 'x');
    await fileSystem.rename(join(directory.path, 'a/b/x'), join(directory.path, 'a/b/y'));
    await fileSystem.syncDirectory(join(directory.path, 'a/b'));
    expect(await fileSystem.list(join(directory.path, 'a/b'))).toEqual(['y']);
    const notEmpty = await fileSystem.remove(join(directory.path, 'a/b')).catch((reason: unknown) => reason);
    expect(hasErrorCode(notEmpty, 'ENOTEMPTY', 'EEXIST')).toBe(true);
    await fileSystem.remove(join(directory.path, 'a/b/y'));
    await fileSystem.remove(join(directory.path, 'a/b'));
    expect(await fileSystem.list(join(directory.path, 'a'))).toEqual([]);
  });

  it('are on a partition of some size', async () => {
    const { totalBytes, freeBytes } = await fileSystem.space(directory.path);
    expect(totalBytes).toBeGreaterThan(freeBytes);
    expect(freeBytes).toBeGreaterThan(0);
  });
});

describe('a lock', () => {
  it('is held by one at a time, also under another name of the same file', async () => {
    mkdirSync(join(directory.path, 'store'));
    const first = await fileSystem.lock(join(directory.path, 'store/lock'));
    expect(first).toBeDefined();
    expect(await fileSystem.lock(join(directory.path, 'store/lock'))).toBeUndefined();
    expect(await fileSystem.lock(join(directory.path, 'store/../store/lock'))).toBeUndefined();
    await first?.release();
    const second = await fileSystem.lock(join(directory.path, 'store/lock'));
    expect(second).toBeDefined();
    await second?.release();
  });

  it('does not outlive its process, however that ended', async () => {
    const path = join(directory.path, 'lock');
    // The same lock as lockByName() takes, held by a process that knows nothing of this project.
    writeFileSync(path, 'lock');
    const { dev, ino } = statSync(path, { bigint: true });
    const script = `require('net').createServer().listen('\\0nestjs-rocketmq-store-${dev}-${ino}', () => console.log('held'))`;
    const child = spawn(process.execPath, ['-e', script], { stdio: ['ignore', 'pipe', 'inherit'] });
    await once(child.stdout, 'data');
    expect(await fileSystem.lock(path)).toBeUndefined();
    child.kill('SIGKILL');
    await once(child, 'close');
    const lock = await fileSystem.lock(path);
    expect(lock).toBeDefined();
    await lock?.release();
    expect(readFileSync(path, 'utf8')).toBe('lock');
  });
});

describeWhen({ met: hasPython(), reason: 'needs Linux and python3, to take a record lock' }, "Apache's lock", () => {
  it('is respected: the record lock that Java takes on the file', async () => {
    const path = join(directory.path, 'lock');
    writeFileSync(path, 'lock');
    const script =
      'import fcntl,sys; f=open(sys.argv[1],"r+"); fcntl.lockf(f, fcntl.LOCK_EX, 1); print("held", flush=True); sys.stdin.read()';
    const child = spawn('python3', ['-c', script, path], { stdio: ['pipe', 'pipe', 'inherit'] });
    await once(child.stdout, 'data');
    expect(await fileSystem.lock(path)).toBeUndefined();
    child.stdin.end();
    await once(child, 'close');
    const lock = await fileSystem.lock(path);
    expect(lock).toBeDefined();
    await lock?.release();
  });
});

function hasPython(): boolean {
  try {
    if (process.platform === 'linux') execFileSync('python3', ['-c', 'import fcntl'], { stdio: 'ignore' });
    return process.platform === 'linux';
  } catch {
    return false;
  }
}
