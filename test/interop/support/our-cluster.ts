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
}

export interface OurServerOptions extends OurClusterOptions {
  nameServerAddresses: string;
}

const root = join(__dirname, '../../..');

/** Our servers as processes of their own, started by the package's command line. */
export class OurCluster implements Cluster {
  private constructor(
    readonly nameServerAddresses: string,
    readonly brokerAddress: string,
    readonly directory: string,
    private readonly process: ChildProcess,
    private readonly ownsDirectory: boolean,
  ) {}

  /** Name server and broker: `rocketmq start`. */
  static async start(options: OurClusterOptions = {}): Promise<OurCluster> {
    const [brokerPort] = await freePorts([0]);
    const { directory, ownsDirectory } = directoryFor(options);
    const { process, line } = await run(
      ['start', '--store-dir', directory, '--namesrv-port', '0', '--broker-port', String(brokerPort)],
      options,
    );
    const nameServer = / by the name server (\S+)$/.exec(line)![1];
    return new OurCluster(nameServer, `127.0.0.1:${brokerPort}`, directory, process, ownsDirectory);
  }

  /** Only a name server: `rocketmq namesrv`. */
  static async startNameServer(): Promise<OurCluster> {
    const { directory, ownsDirectory } = directoryFor({});
    const { process, line } = await run(['namesrv', '--port', '0'], {});
    return new OurCluster(/ at (\S+)$/.exec(line)![1], '', directory, process, ownsDirectory);
  }

  /** Only a broker: `rocketmq broker`. */
  static async startBroker(options: OurServerOptions): Promise<OurCluster> {
    const { directory, ownsDirectory } = directoryFor(options);
    const { nameServerAddresses } = options;
    const { process, line } = await run(['broker', '--namesrv', nameServerAddresses, '--store-dir', directory], {
      properties: { listenPort: '0', ...options.properties },
    });
    return new OurCluster(nameServerAddresses, / at (\S+)$/.exec(line)![1], directory, process, ownsDirectory);
  }

  async stop(): Promise<void> {
    await this.kill();
    if (this.ownsDirectory) rmSync(this.directory, { recursive: true, force: true });
  }

  /** As an operator would end it; the directory stays. */
  async shutDown(): Promise<void> {
    await end(this.process, 'SIGTERM');
  }

  async kill(): Promise<void> {
    await end(this.process, 'SIGKILL');
  }
}

function directoryFor({ directory }: OurClusterOptions): { directory: string; ownsDirectory: boolean } {
  return {
    directory: directory ?? mkdtempSync(join(tmpdir(), 'our-rocketmq-')),
    ownsDirectory: directory === undefined,
  };
}

/** Runs our command line from its sources until it says that it has started. */
async function run(
  words: readonly string[],
  { properties = {} }: OurClusterOptions,
): Promise<{ process: ChildProcess; line: string }> {
  const settings = Object.entries(properties).flatMap(([name, value]) => ['--set', `${name}=${value}`]);
  const child = spawn(process.execPath, ['--import', './scripts/ts.mjs', 'lib/cli/main.ts', ...words, ...settings], {
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
  throw new Error(`rocketmq ${words.join(' ')} ended before it had started:\n${stderr}`);
}

async function end(child: ChildProcess, signal: NodeJS.Signals): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const exited = once(child, 'exit');
  child.kill(signal);
  await exited;
}
