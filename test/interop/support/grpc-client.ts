import { spawnSync } from 'node:child_process';
import { copyFileSync, existsSync, mkdirSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { ClientProbe, type TransactionDecision } from './client-probe.js';
import { Collected } from './collected.js';
import type { Sent } from './delivered.js';
import { type JsonLine, JsonLinesProcess } from './json-lines-process.js';

const root = join(__dirname, '../node');
const installation = join(root, 'target');

/** What a sender can say by gRPC: there are no flags. */
export interface GrpcSent extends Omit<Sent, 'flag'> {
  messageGroup?: string;
  delayMs?: number;
}

export interface GrpcDelivered extends Omit<Sent, 'flag'> {
  messageGroup: string;
  messageId: string;
  /** 1: the first. */
  deliveryAttempt: number;
  bornTimestamp: number;
  receivedAt: number;
  /** The body is not what its digest says. */
  isCorrupted: boolean;
}

export interface GrpcSendResult {
  messageId: string;
  recallHandle: string;
}

export interface GrpcConsume {
  group: string;
  topic: string;
  expression?: string;
  type?: 'TAG' | 'SQL92';
}

/** Apache's Node client of the gRPC protocol, installed into a folder of its own. */
export class GrpcClient {
  private nextConsumer = 1;

  private constructor(
    private readonly process: JsonLinesProcess,
    private readonly probe: ClientProbe,
    private readonly endpoints: string,
  ) {}

  static async start(endpoints: string): Promise<GrpcClient> {
    installWhenStale();
    // The client writes its logs below the home directory.
    const command = ['env', `HOME=${installation}`, process.execPath, join(root, 'probe.mjs'), installation];
    const started = await JsonLinesProcess.start('Node client', command);
    return new GrpcClient(started, new ClientProbe('Node', started), endpoints);
  }

  async stop(): Promise<void> {
    await this.process.kill();
  }

  async send(messages: readonly GrpcSent[]): Promise<GrpcSendResult[]> {
    return this.run('send', { messages: messages.map(writeMessage) });
  }

  /** @param script.answer what the client says when it is asked about what it did not decide */
  async transaction(
    messages: readonly GrpcSent[],
    script: { decide: TransactionDecision; answer?: TransactionDecision },
  ): Promise<GrpcSendResult[]> {
    return this.run('transaction', { messages: messages.map(writeMessage), ...script });
  }

  /** @returns the id of the message that was taken back */
  async recall(topic: string, recallHandle: string): Promise<string> {
    return this.run('recall', { topic, recallHandle });
  }

  /** A push consumer until the client stops. @param fail how often a message is to fail, by its first key */
  async push(options: GrpcConsume & { fail?: Readonly<Record<string, number>> }): Promise<Collected<GrpcDelivered>> {
    const consumer = `c${this.nextConsumer++}`;
    const collected = new Collected<GrpcDelivered>();
    this.process.onLine((line) => {
      if (line.consumer === consumer) collected.add(readMessage(line.message as ProbeMessage));
    });
    await this.run('push', { ...options, consumer });
    return collected;
  }

  simpleConsumer(options: GrpcConsume): GrpcSimpleConsumer {
    return new GrpcSimpleConsumer(async (command, parameters) => this.run(command, { ...options, ...parameters }));
  }

  private async run<T>(command: string, parameters: JsonLine): Promise<T> {
    return this.probe.run(command, { endpoints: this.endpoints, ...parameters });
  }
}

/** Asks for messages, and says of each that it is done or how long it stays hidden. */
export class GrpcSimpleConsumer {
  constructor(private readonly run: <T>(command: string, parameters: JsonLine) => Promise<T>) {}

  /** What is there, or comes within the client's wait of a second. */
  async receive(maxCount = 32, invisibleMs = 30_000): Promise<GrpcDelivered[]> {
    const messages = await this.run<ProbeMessage[]>('receive', { maxCount, invisibleMs, awaitMs: 1_000 });
    return messages.map(readMessage);
  }

  /** Receives and acknowledges until so many have come. */
  async take(count: number, deadlineMs = 30_000): Promise<GrpcDelivered[]> {
    const taken: GrpcDelivered[] = [];
    const deadline = performance.now() + deadlineMs;
    while (taken.length < count && performance.now() < deadline) {
      const messages = await this.receive();
      await this.acknowledge(messages);
      taken.push(...messages);
    }
    return taken;
  }

  async acknowledge(messages: readonly GrpcDelivered[]): Promise<void> {
    await this.run('acknowledge', { messageIds: messages.map(({ messageId }) => messageId) });
  }

  /** From now on hidden for so long. */
  async hide({ messageId }: GrpcDelivered, invisibleMs: number): Promise<void> {
    await this.run('hide', { messageId, invisibleMs });
  }
}

interface ProbeMessage extends Omit<GrpcDelivered, 'body'> {
  body: string;
}

function readMessage(message: ProbeMessage): GrpcDelivered {
  return { ...message, body: Buffer.from(message.body, 'base64') };
}

function writeMessage(message: GrpcSent): JsonLine {
  return { ...message, body: message.body.toString('base64') };
}

function installWhenStale(): void {
  const [wanted, installed] = [join(root, 'package.json'), join(installation, 'node_modules/.package-lock.json')];
  if (existsSync(installed) && statSync(installed).mtimeMs >= statSync(wanted).mtimeMs) return;
  rmSync(installation, { recursive: true, force: true });
  mkdirSync(installation);
  copyFileSync(wanted, join(installation, 'package.json'));
  const words = ['install', '--no-audit', '--no-fund', '--no-package-lock', '--ignore-scripts', '--loglevel=error'];
  const { status, stderr } = spawnSync('npm', words, { cwd: installation, encoding: 'utf8' });
  if (status === 0) return;
  rmSync(installation, { recursive: true });
  throw new Error(`npm could not install test/interop/node:\n${stderr}`);
}
