import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Cluster } from './cluster.js';
import { freePorts } from './free-ports.js';

export interface OurClusterOptions {
  /** Settings by RocketMQ's names. */
  properties?: Readonly<Record<string, string>>;
  /** An existing directory with a store; it stays. Default: a new one, removed by stop(). */
  directory?: string;
  /** A tls.properties. Default: connections are plain. */
  tlsConfig?: string;
  /** Run what `npm run build:fast` has built. Default: the sources. */
  isBuilt?: boolean;
}

export interface OurServerOptions extends OurClusterOptions {
  nameServerAddresses: string;
}

// npm runs tests and benchmarks in the repository's folder.
const root = process.cwd();
/** Our command line, in the words of Node. */
const sources = ['--import', './scripts/ts.mjs', 'lib/cli/main.ts'];
const built = ['dist/esm/cli/main.js'];

/** Our servers as processes of their own, started by the package's command line. */
export class OurCluster implements Cluster {
  private constructor(
    readonly nameServerAddresses: string,
    readonly brokerAddress: string,
    readonly directory: string,
    private readonly words: readonly string[],
    private process: ChildProcess,
    private readonly ownsDirectory: boolean,
  ) {}

  /** Name server and broker: `rocketmq start`. */
  static async start(options: OurClusterOptions = {}): Promise<OurCluster> {
    const [nameServerPort] = await freePorts([0]);
    const [brokerPort] = await freePorts([0]);
    const { directory, ownsDirectory } = directoryFor(options);
    const ports = ['--namesrv-port', String(nameServerPort), '--broker-port', String(brokerPort)];
    const words = [
      ...(options.isBuilt ? built : sources),
      'start',
      '--store-dir',
      directory,
      ...ports,
      ...tls(options),
      ...settings(options),
    ];
    const { process } = await run(words);
    const [nameServer, broker] = [nameServerPort, brokerPort].map((port) => `127.0.0.1:${port}`);
    return new OurCluster(nameServer, broker, directory, words, process, ownsDirectory);
  }

  /** Only a name server: `rocketmq namesrv`. */
  static async startNameServer(options: Pick<OurClusterOptions, 'tlsConfig'> = {}): Promise<OurCluster> {
    const { directory, ownsDirectory } = directoryFor({});
    const words = [...sources, 'namesrv', '--port', '0', '--set', `kvConfigPath=${join(directory, 'kvConfig.json')}`];
    words.push('--set', 'enableRemoteConfig=true', ...tls(options));
    const { process, line } = await run(words);
    return new OurCluster(/ at (\S+)$/.exec(line)![1], '', directory, words, process, ownsDirectory);
  }

  /** Only a broker: `rocketmq broker`. */
  static async startBroker({ nameServerAddresses, ...options }: OurServerOptions): Promise<OurCluster> {
    const { directory, ownsDirectory } = directoryFor(options);
    const words = [...sources, 'broker', '-n', nameServerAddresses, '--store-dir', directory];
    words.push(...settings({ properties: { listenPort: '0', ...options.properties } }));
    const { process, line } = await run(words);
    return new OurCluster(nameServerAddresses, / at (\S+)$/.exec(line)![1], directory, words, process, ownsDirectory);
  }

  get pid(): number {
    return this.process.pid!;
  }

  /** Kills it and starts it again as it was started, on its store. */
  async killAndRestart(): Promise<void> {
    await end(this.process, 'SIGKILL');
    this.process = (await run(this.words)).process;
  }

  async stop(): Promise<void> {
    await end(this.process, 'SIGKILL');
    if (this.ownsDirectory) rmSync(this.directory, { recursive: true, force: true });
  }
}

function tls({ tlsConfig }: OurClusterOptions): string[] {
  return tlsConfig === undefined ? [] : ['--tls-config', tlsConfig];
}

function settings({ properties = {} }: OurClusterOptions): string[] {
  return Object.entries(properties).flatMap(([name, value]) => ['--set', `${name}=${value}`]);
}

function directoryFor({ directory }: OurClusterOptions): { directory: string; ownsDirectory: boolean } {
  return {
    directory: directory ?? mkdtempSync(join(tmpdir(), 'our-rocketmq-')),
    ownsDirectory: directory === undefined,
  };
}

/** Runs our command line until it says that it has started. */
async function run(words: readonly string[]): Promise<{ process: ChildProcess; line: string }> {
  const child = spawn(process.execPath, words, {
    cwd: root,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let stderr = '';
  child.stderr.on('data', (chunk: Buffer) => {
    stderr += chunk.toString();
    if (process.env.INTEROP_LOG) process.stderr.write(chunk);
  });
  for await (const line of createInterface({ input: child.stdout })) {
    if (!line.includes('has started') && !line.includes('have started')) continue;
    child.stdout.resume();
    return { process: child, line };
  }
  throw new Error(`node ${words.join(' ')} ended before it had started:\n${stderr}`);
}

async function end(child: ChildProcess, signal: NodeJS.Signals): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const exited = once(child, 'exit');
  child.kill(signal);
  await exited;
}
