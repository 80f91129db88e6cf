import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { freePorts } from './free-ports.js';
import { javaCommand, shortLived, type Release } from './java-programs.js';
import { JsonLinesProcess } from './json-lines-process.js';
import type { Cluster } from './cluster.js';

const PERSIST_TIMEOUT_MS = 10_000;

export interface ApacheClusterOptions {
  release?: Release;
  /** Broker properties by RocketMQ's names; they win over ours. */
  properties?: Readonly<Record<string, string>>;
  /** Register at these instead of starting a name server. */
  nameServerAddresses?: string;
  /** Only the name server. Default true. */
  broker?: boolean;
  /** Files in its home, by their path there. */
  homeFiles?: Readonly<Record<string, string>>;
  /** An existing directory with a store; it stays. Default: a new one, removed by stop(). */
  directory?: string;
  /** Options of the virtual machine. Default: for a short life. */
  jvm?: readonly string[];
}

/** Apache's name server, broker or both, in one JVM on loopback. */
export class ApacheCluster implements Cluster {
  private constructor(
    readonly nameServerAddresses: string,
    readonly brokerAddress: string,
    readonly directory: string,
    private readonly command: readonly string[],
    private process: JsonLinesProcess,
    private readonly ownsDirectory: boolean,
  ) {}

  static async start(options: ApacheClusterOptions = {}): Promise<ApacheCluster> {
    const { release = '5.3', properties = {}, broker = true, homeFiles = {} } = options;
    const directory = options.directory ?? mkdtempSync(join(tmpdir(), 'apache-rocketmq-'));
    for (const [path, text] of Object.entries(homeFiles)) {
      mkdirSync(dirname(join(directory, path)), { recursive: true });
      writeFileSync(join(directory, path), text);
    }
    mkdirSync(directory, { recursive: true });
    const [nameServerPort] = await freePorts([0]);
    // Apache also listens two ports below (the "VIP" port) and one above (replication).
    const [brokerPort] = await freePorts([0, -2, 1]);
    const nameServerAddresses = options.nameServerAddresses ?? `127.0.0.1:${nameServerPort}`;
    const conf: Record<string, string> = {
      ...(options.nameServerAddresses === undefined && { nameServerPort: String(nameServerPort) }),
      ...(broker && { brokerName: 'broker-a' }),
      kvConfigPath: join(directory, 'kvConfig.json'),
      configStorePath: join(directory, 'namesrv.properties'),
      bindAddress: '127.0.0.1',
      rocketmqHome: directory,
      brokerClusterName: 'DefaultCluster',
      brokerIP1: '127.0.0.1',
      brokerIP2: '127.0.0.1',
      listenPort: String(brokerPort),
      namesrvAddr: nameServerAddresses,
      storePathRootDir: join(directory, 'store'),
      storePathCommitLog: join(directory, 'store/commitlog'),
      ...properties,
    };
    const file = join(directory, 'broker.conf');
    writeFileSync(
      file,
      Object.entries(conf)
        .map(([name, value]) => `${name}=${value}\n`)
        .join(''),
    );
    const command = [...javaCommand(release, 'interop.Cluster', options.jvm ?? ['-Xmx512m', ...shortLived]), file];
    return new ApacheCluster(
      nameServerAddresses,
      `127.0.0.1:${conf.listenPort}`,
      directory,
      command,
      await launch(command),
      options.directory === undefined,
    );
  }

  get pid(): number {
    return this.process.pid;
  }

  /** Kills it, with the consumers' progress written down, and starts it again with the same ports and store. */
  async restart(): Promise<void> {
    const persisted = this.process.next((line) => line.event === 'persisted', PERSIST_TIMEOUT_MS);
    this.process.write({ command: 'persist' });
    await persisted;
    await this.kill();
    await this.startAgain();
  }

  /** Ends it by SIGKILL, and leaves its directory. */
  async kill(): Promise<void> {
    await this.process.kill();
  }

  /** After kill(): the same ports and store. */
  async startAgain(): Promise<void> {
    this.process = await launch(this.command);
  }

  /** Ends it by SIGKILL: Apache takes over ten seconds for a clean end, which few tests need. */
  async stop(): Promise<void> {
    await this.kill();
    if (this.ownsDirectory) rmSync(this.directory, { recursive: true, force: true });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
  }

  /** Ends it as an operator would, and leaves the directory. */
  async shutDown(): Promise<void> {
    await this.process.end();
  }
}

async function launch(command: readonly string[]): Promise<JsonLinesProcess> {
  return JsonLinesProcess.start('Apache RocketMQ', command);
}
