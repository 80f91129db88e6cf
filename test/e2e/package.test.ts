import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, readdirSync, readFileSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { docBlocks } from '../support/doc-blocks.js';
import { describeWhen, type Requirement } from '../support/requirements.js';
import { followQuickStart } from './quick-start.js';
import { Scratch } from './support.js';

const root = join(__dirname, '../..');
/** What a user's compiler needs beside Nest. */
const COMPILER = ['typescript@5', '@types/node@20'];

/** Starts, handles a message that it sent itself, stops; nothing may keep it running. */
const APP = `
import 'reflect-metadata';
import { Controller, Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { MqModule, RocketListener, RocketTemplate } from 'nestjs-rocketmq';
import { startNameServer } from 'nestjs-rocketmq/engine';

let handled: (order: { id: number }) => void;
const order = new Promise<{ id: number }>((resolve) => (handled = resolve));

@Controller()
class Points {
  @RocketListener('order', 'paid', 'points', { consumeFrom: 'first' })
  onPaid(paid: { id: number }): void {
    handled(paid);
  }
}

@Module({ imports: [MqModule.forRoot({ engine: { type: 'embedded', storeDir: process.argv[2], worker: process.argv[3] === 'worker' } })], controllers: [Points] })
class AppModule {}

async function main(): Promise<void> {
  const app = await NestFactory.createApplicationContext(AppModule, { logger: ['error'] });
  await app.get(RocketTemplate).send('order:paid', { id: 7 });
  console.log('handled', (await order).id, typeof startNameServer);
  await app.close();
}
void main();
`;

const scratch = new Scratch();
let tarball: string;

function run(directory: string, command: string, args: readonly string[]): string {
  const { status, stdout, stderr } = spawnSync(command, args, { cwd: directory, encoding: 'utf8' });
  if (status !== 0) throw new Error(`${command} ${args.join(' ')} ended with ${status}:\n${stdout}${stderr}`);
  return stdout;
}

function install(directory: string, ...packages: string[]): void {
  mkdirSync(directory, { recursive: true });
  writeFileSync(join(directory, 'package.json'), '{ "private": true }');
  run(directory, 'npm', ['install', '--prefer-offline', '--no-audit', '--ignore-scripts', ...packages]);
}

/** Packed from a copy, so that what is built here is left alone. */
function pack(): string {
  const copy = join(scratch.path, 'copy');
  mkdirSync(copy);
  for (const name of ['lib', 'scripts', 'README.md', 'CHANGELOG.md', 'LICENSE'])
    cpSync(join(root, name), join(copy, name), { recursive: true });
  for (const name of readdirSync(root).filter((file) => /^(package|tsconfig.*)\.json$/.test(file)))
    cpSync(join(root, name), join(copy, name));
  symlinkSync(join(root, 'node_modules'), join(copy, 'node_modules'));
  run(copy, 'npm', ['pack', '--pack-destination', scratch.path]);
  return join(scratch.path, readdirSync(scratch.path).find((file) => file.endsWith('.tgz')) ?? 'nothing was packed');
}

function registryRequirement(): Requirement {
  const reason = 'needs a registry that has @nestjs/core';
  try {
    run(root, 'npm', ['view', '@nestjs/core', 'version', '--fetch-retries=0', '--fetch-timeout=10000']);
    return { met: true, reason };
  } catch {
    return { met: false, reason };
  }
}

function sizeOf(directory: string): number {
  return readdirSync(directory, { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile())
    .reduce((sum, { parentPath, name }) => sum + statSync(join(parentPath, name)).size, 0);
}

beforeAll(() => (tarball = pack()), 180_000);
afterAll(() => scratch[Symbol.dispose]());

it('is well formed, with types for each door and each way to resolve it', () => {
  expect(run(root, process.execPath, ['scripts/check-package.mjs', tarball])).toBe('the package is well formed\n');
});

describeWhen(registryRequirement(), 'a user of the tarball', () => {
  it('has the engine without Nest, in at most 15 MB, and without anything built at install', () => {
    const directory = join(scratch.path, 'engine');
    install(directory, '--legacy-peer-deps', tarball);
    expect(readdirSync(join(directory, 'node_modules'))).not.toContain('@nestjs');
    expect(sizeOf(join(directory, 'node_modules'))).toBeLessThan(15 * 1024 * 1024);
    const started = `const { startEmbeddedEngine } = require('nestjs-rocketmq/engine');
      startEmbeddedEngine({ storeDir: 'store' }).then((engine) => engine.stop()).then(() => console.log('stopped'));`;
    expect(run(directory, process.execPath, ['-e', started])).toBe('stopped\n');
    const lock = JSON.parse(readFileSync(join(directory, 'package-lock.json'), 'utf8')) as {
      packages: Record<string, { hasInstallScript?: boolean }>;
    };
    expect(Object.entries(lock.packages).filter(([, { hasInstallScript }]) => hasInstallScript)).toEqual([]);
  }, 120_000);

  it('follows the quick start in an empty folder, with at most 12 lines of their own', async () => {
    const directory = join(scratch.path, 'quick-start');
    mkdirSync(directory);
    const { ownLines, printed } = await followQuickStart(docBlocks('docs/quick-start.md'), { directory, tarball });
    expect(printed).toContain('heard: hello\n');
    expect(ownLines).toBeLessThanOrEqual(12);
    console.log(`the quick start takes ${ownLines} lines of one's own`);
  }, 180_000);

  describe.each(['11', '12'])('of Nest %s', (version) => {
    const directory = join(scratch.path, `nest-${version}`);
    const nest = ['common', 'core', 'microservices'].map((name) => `@nestjs/${name}@${version}`);
    beforeAll(() => install(directory, tarball, ...nest, ...COMPILER, 'reflect-metadata', 'rxjs'), 180_000);

    it('has the testing kit without further packages, and telemetry with its libraries only', () => {
      const script = `(async () => {
        for (const door of ['testing', 'metrics', 'open-telemetry', 'health']) {
          try {
            const { TestBroker } = await import('nestjs-rocketmq/' + door);
            await (await TestBroker.start()).stop();
            console.log(door, 'runs');
          } catch (error) {
            console.log(door, /prom-client|@opentelemetry\\/api|@nestjs\\/terminus/.exec(error.message)[0]);
          }
        }
      })()`;
      expect(run(directory, process.execPath, ['-e', script])).toBe(
        'testing runs\nmetrics prom-client\nopen-telemetry @opentelemetry/api\nhealth @nestjs/terminus\n',
      );
    });

    it.each(['commonjs', 'module'])(
      'writes an application as %s: it compiles, handles a message and stops',
      (type) => {
        const app = join(directory, type);
        mkdirSync(app);
        writeFileSync(join(app, 'package.json'), JSON.stringify({ type }));
        writeFileSync(join(app, 'main.ts'), APP);
        writeFileSync(
          join(app, 'tsconfig.json'),
          JSON.stringify({
            compilerOptions: {
              module: 'nodenext',
              target: 'es2023',
              strict: true,
              experimentalDecorators: true,
              emitDecoratorMetadata: true,
              types: ['node'],
            },
          }),
        );
        run(app, process.execPath, [join(directory, 'node_modules/typescript/bin/tsc'), '-p', '.']);
        for (const worker of ['', 'worker']) {
          const store = join(app, `store-${worker}`);
          expect(run(app, process.execPath, ['main.js', store, worker])).toBe('handled 7 function\n');
        }
      },
      120_000,
    );
  });
});
