import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { transform } from '@swc/core';
import { docBlocks } from '../support/doc-blocks.js';
import { Sample, Scratch } from './support.js';

const root = join(__dirname, '../..');
const shell = promisify(execFile);
const blocks = docBlocks('README.md').filter(({ test }) => test === 'test/e2e/readme-commands.test.ts');

function block(beginning: string): string {
  const found = blocks.filter(({ code }) => code.startsWith(beginning));
  expect(found).toHaveLength(1);
  return found[0].code.trim();
}

/** The program `rocketmq` and the package, as an installation has them. */
function installInto(directory: string): void {
  const modules = join(directory, 'node_modules');
  mkdirSync(join(modules, 'nestjs-rocketmq'), { recursive: true });
  cpSync(join(root, 'package.json'), join(modules, 'nestjs-rocketmq/package.json'));
  symlinkSync(join(root, 'dist'), join(modules, 'nestjs-rocketmq/dist'));
  for (const name of ['@nestjs', 'rxjs', 'reflect-metadata'])
    symlinkSync(join(root, 'node_modules', name), join(modules, name));
}

describe('the commands of README.md', () => {
  it('npm start is the second half of the first command; this run is the proof of the first half', async () => {
    const [install, start, ...rest] = block('npm ci && npm start').split(' && ');

    expect([install, start, rest]).toEqual(['npm ci', 'npm start', []]);
    const { stdout } = await shell('npm', ['start', '--silent'], { cwd: root, env: { ...process.env, NO_COLOR: '1' } });
    expect(stdout).toContain('they agree');
  });

  it('curl places an order and sees its points', async () => {
    const [post, get] = block('curl').split('\n');
    await using sample = new Sample(['--serve', '--port', '0']);
    await sample.says('Ctrl-C ends it.');
    const here = (command: string): string => {
      const url = /orders {2}http:\/\/\S+?:(\d+)/.exec(sample.output);
      return command.replace('localhost:3000', `127.0.0.1:${url?.[1] ?? ''}`);
    };

    expect(JSON.parse((await shell('bash', ['-c', here(post)])).stdout)).toMatchObject({
      customer: 'ada',
      amount: 120,
    });
    // The points arrive with their message: as a person would, look again until they are there.
    let answer: unknown;
    for (let looks = 0; looks < 100; looks++) {
      answer = JSON.parse((await shell('bash', ['-c', here(get)])).stdout);
      if ((answer as { points: number }).points > 0) break;
    }
    expect(answer).toEqual({ customer: 'ada', points: 12 });
  });

  it('the first application handles its message, in at most 12 lines', async () => {
    const source = block('// main.ts');
    const lines = source.split('\n').filter((line) => line !== '' && !line.startsWith('//'));
    expect(lines.length).toBeLessThanOrEqual(12);

    using scratch = new Scratch();
    installInto(scratch.path);
    const { code } = await transform(source, {
      jsc: {
        parser: { syntax: 'typescript', decorators: true },
        transform: { legacyDecorator: true, decoratorMetadata: true },
        target: 'es2022',
      },
      module: { type: 'es6' },
    });
    writeFileSync(join(scratch.path, 'main.mjs'), code);
    const child = spawn(process.execPath, ['main.mjs'], { cwd: scratch.path, stdio: ['ignore', 'pipe', 'inherit'] });
    let output = '';
    const ended = once(child, 'close');
    child.stdout.on('data', (chunk: Buffer) => {
      output += chunk.toString();
      if (output.includes('heard: hello')) child.kill('SIGKILL');
    });
    await ended;
    expect(output).toContain('heard: hello');
  });

  it('npx rocketmq start runs a broker', async () => {
    const [program, name, ...args] = block('npx rocketmq start').split(' ');
    expect([program, name]).toEqual(['npx', 'rocketmq']);

    using scratch = new Scratch();
    const entry = join(root, 'dist/esm/cli/main.js');
    const ports = ['--namesrv-port', '0', '--broker-port', '0'];
    const child = spawn(process.execPath, [entry, ...args, ...ports], {
      cwd: scratch.path,
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const ended = once(child, 'close');
    child.stdout.on('data', (chunk: Buffer) => {
      if (chunk.toString().includes('have started')) child.kill('SIGTERM');
    });
    expect(await ended).toEqual([0, null]);
  });
});
