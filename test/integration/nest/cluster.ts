import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { DynamicModule, INestApplication, INestMicroservice, ModuleMetadata } from '@nestjs/common';
import { Test, type TestingModule } from '@nestjs/testing';
import { startEmbeddedEngine, type Engine } from '../../../lib/engine/index.js';
import { MqModule } from '../../../lib/mq.module.js';
import type { MqModuleExtras, MqModuleOptions } from '../../../lib/mq.options.js';
import { RocketMqServer } from '../../../lib/transport/rocketmq.server.js';

export type Reached = 'in memory' | 'by TCP';
export const bothWays: Reached[] = ['in memory', 'by TCP'];

/** Retries come after a second each, checks after less, so that no test waits long. */
export const quickBroker = {
  messageDelayLevel: Array<string>(18).fill('1s').join(' '),
  transactionTimeOut: 300,
  transactionCheckInterval: 200,
  recallMessageEnable: true,
};

export type AppParts = ModuleMetadata & { mq?: Partial<MqModuleOptions> & MqModuleExtras };

/**
 * Where the applications of a test find RocketMQ: one engine that listens and that all connect to
 * by TCP, or an engine inside each application, which keeps its store for the next one.
 */
export class Cluster {
  private readonly directory = mkdtempSync(join(tmpdir(), 'nest-'));
  private readonly apps: { close(): Promise<void> }[] = [];
  private engine?: Engine;

  /** @param nameServerAddresses of a cluster that somebody else starts and stops */
  constructor(
    private readonly reached: Reached,
    private readonly nameServerAddresses?: string,
  ) {}

  /** Whether several applications may use it at a time. */
  get isShared(): boolean {
    return this.reached === 'by TCP';
  }

  async start(): Promise<void> {
    if (!this.isShared || this.nameServerAddresses !== undefined) return;
    const listen = { nameServerPort: 0, brokerPort: 0 };
    this.engine = await startEmbeddedEngine({ storeDir: this.storeDir, listen, broker: quickBroker });
  }

  /** Its start is awaited; it is closed at the end at the latest. */
  async startApp(parts: AppParts): Promise<INestApplication> {
    const app = await this.createApp(parts);
    await app.init();
    return app;
  }

  async createApp(parts: AppParts): Promise<INestApplication> {
    const module = await this.compile(parts);
    // eslint-disable-next-line @typescript-eslint/no-unsafe-class-instance-assignment -- Nest declares these options as a class
    const app = module.createNestApplication({ logger: false });
    this.apps.push(app);
    return app;
  }

  async startMicroservice(parts: AppParts): Promise<INestMicroservice> {
    const module = await this.compile(parts);
    // eslint-disable-next-line @typescript-eslint/no-unsafe-class-instance-assignment -- Nest declares these options as a class
    const app = module.createNestMicroservice({ strategy: module.get(RocketMqServer), logger: false });
    this.apps.push(app);
    await app.listen();
    return app;
  }

  module(options: Partial<MqModuleOptions> & MqModuleExtras = {}): DynamicModule {
    return MqModule.forRoot({ engine: this.settings(), ...options });
  }

  settings(): MqModuleOptions['engine'] {
    const nameServerAddresses = this.nameServerAddresses ?? this.engine?.nameServerAddresses;
    return nameServerAddresses === undefined
      ? { type: 'embedded', storeDir: this.storeDir, broker: quickBroker }
      : {
          type: 'remote',
          nameServers: nameServerAddresses.split(';'),
          localOffsetStoreDir: join(this.directory, 'offsets'),
        };
  }

  async closeApps(): Promise<void> {
    const apps = this.apps.splice(0);
    await Promise.all(apps.map((app) => app.close()));
  }

  async stop(): Promise<void> {
    await this.closeApps();
    await this.engine?.stop();
    rmSync(this.directory, { recursive: true });
  }

  private compile({ mq, imports = [], ...metadata }: AppParts): Promise<TestingModule> {
    return Test.createTestingModule({ ...metadata, imports: [...imports, this.module(mq)] }).compile();
  }

  private get storeDir(): string {
    return join(this.directory, 'store');
  }
}

/** What listeners saw, and a way to wait for it. */
export class Journal<Entry = string> {
  readonly entries: Entry[] = [];
  private waiting: (() => void)[] = [];

  write(entry: Entry): void {
    this.entries.push(entry);
    for (const check of this.waiting) check();
  }

  /** Resolves with the entries when there are `count`; jest's timeout ends it otherwise. */
  async have(count: number): Promise<Entry[]> {
    await this.until(() => this.entries.length >= count);
    return this.entries;
  }

  until(isTrue: () => boolean): Promise<void> {
    return new Promise((resolve) => {
      const check = (): void => {
        if (!isTrue()) return;
        this.waiting = this.waiting.filter((one) => one !== check);
        resolve();
      };
      this.waiting.push(check);
      check();
    });
  }
}
