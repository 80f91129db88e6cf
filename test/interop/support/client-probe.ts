import type { SendResult } from '../../../lib/engine/client/producer/send-result.js';
import type { MessageQueue } from '../../../lib/engine/message/message-queue.js';
import { Collected } from './collected.js';
import { delivered, type Delivered, type Sent } from './delivered.js';
import type { JsonLine, JsonLinesProcess } from './json-lines-process.js';

/** How a message is sent besides its contents. */
export interface SendExtras {
  delayLevel?: number;
  waitStoreOk?: boolean;
  shardingKey?: string;
  queue?: MessageQueue;
  /** RocketMQ's own properties, such as TIMER_DELAY_MS. */
  systemProperties?: Readonly<Record<string, string>>;
}

/** Of the producer of `group`, when it is used first. */
export interface ProducerSettings {
  group?: string;
  compressType?: 'ZLIB' | 'LZ4' | 'ZSTD';
}

export type SendMode = 'sync' | 'async' | 'oneway' | 'batch' | 'orderly' | 'queue';
export type TransactionDecision = 'COMMIT' | 'ROLLBACK' | 'UNKNOWN';

export interface ProbeSendResult extends SendResult {
  regionId: string;
  traceOn: boolean;
}

export interface ConsumeOptions {
  group: string;
  topics: readonly string[];
  expression?: string;
  type?: 'TAG' | 'SQL92';
  mode?: 'concurrently' | 'orderly';
  model?: 'CLUSTERING' | 'BROADCASTING';
  from?: 'CONSUME_FROM_FIRST_OFFSET' | 'CONSUME_FROM_LAST_OFFSET';
  /** The broker assigns queues and keeps the progress (5.x). */
  pop?: boolean;
  invisibleMs?: number;
  /** Clients with different instances are as different processes. */
  instance?: string;
  maxReconsumeTimes?: number;
  batchSize?: number;
  /** Fail each message so often before it succeeds. */
  failFirst?: number;
  /** Delay level asked for when failing. */
  delayLevel?: number;
  suspendMs?: number;
  /** Answer each request message. */
  reply?: boolean;
}

export interface DecodedTrace {
  type: 'Pub' | 'SubBefore' | 'SubAfter' | 'EndTransaction' | 'Recall';
  messageId: string;
  group: string;
  success: boolean;
}

export interface PullOptions {
  group: string;
  topic: string;
  expression?: string;
  type?: 'TAG' | 'SQL92';
}

export interface TopicToCreate {
  queues?: number;
  perm?: number;
  /** As `mqadmin updateTopic -a` takes them: `+name` sets one. */
  attributes?: Readonly<Record<string, string>>;
}

export interface GroupToCreate {
  retryMaxTimes?: number;
  disabled?: boolean;
  /** What the group pops comes in order. */
  orderly?: boolean;
}

const ANSWER_TIMEOUT_MS = 60_000;

/** Somebody's RocketMQ client in a process of its own, driven by JSON lines; serves any number of clusters. */
export class ClientProbe {
  private nextId = 1;
  private nextConsumer = 1;

  constructor(
    private readonly language: string,
    private readonly process: JsonLinesProcess,
  ) {}

  async stop(): Promise<void> {
    await this.process.kill();
  }

  /** The clients that talk to one cluster. */
  at(nameServerAddresses: string): ProbeClients {
    return new ProbeClients(this, nameServerAddresses);
  }

  /** Runs a command of the probe; its result, or an error with its text. */
  async run<T>(command: string, parameters: JsonLine, timeoutMs = ANSWER_TIMEOUT_MS): Promise<T> {
    const id = this.nextId++;
    const answer = this.process.next((line) => line.id === id, timeoutMs);
    this.process.write({ ...parameters, id, command });
    const { error, result } = await answer;
    if (error !== undefined) throw new Error(`${this.language}: ${error as string}`);
    return result as T;
  }

  /** Starts a consumer by `command` and collects what it gets until it is stopped. */
  async consume(command: string, parameters: JsonLine): Promise<ProbeConsumer> {
    const consumer = `c${this.nextConsumer++}`;
    const collected = new ProbeConsumer(async () => {
      await this.run('stop', { consumer });
      forget();
    });
    const forget = this.process.onLine((line) => {
      if (line.consumer === consumer) collected.add(readMessage(line.message as ProbeMessage));
    });
    await this.run(command, { ...parameters, consumer });
    return collected;
  }

  /** The transaction checks that arrive from now on. */
  checks(): Collected<Delivered> {
    const checks = new Collected<Delivered>();
    this.process.onLine((line) => {
      if (line.event === 'check') checks.add(readMessage(line.message as ProbeMessage));
    });
    return checks;
  }
}

export class ProbeConsumer extends Collected<Delivered> {
  constructor(readonly stop: () => Promise<void>) {
    super();
  }
}

/** The clients of a probe that talk to one cluster. Administration only Java's has. */
export class ProbeClients {
  constructor(
    private readonly probe: ClientProbe,
    readonly nameServer: string,
  ) {}

  async send(
    messages: readonly (Sent & SendExtras)[],
    mode: SendMode = 'sync',
    options: ProducerSettings = {},
  ): Promise<ProbeSendResult[]> {
    return this.run('send', { ...options, mode, messages: messages.map(writeMessage) });
  }

  async transaction(
    messages: readonly Sent[],
    script: { decide: TransactionDecision; answer?: TransactionDecision },
  ): Promise<ProbeSendResult[]> {
    return this.run('transaction', { ...script, group: 'probe-transactions', messages: messages.map(writeMessage) });
  }

  /** Sends a request and resolves with the reply's body. */
  async request(message: Sent, timeoutMs: number): Promise<Buffer> {
    const reply = await this.run<{ body: string }>('request', { message: writeMessage(message), timeoutMs });
    return Buffer.from(reply.body, 'base64');
  }

  /** Sends a message that is due later, and takes it back. */
  async sendAndRecall(message: Sent & SendExtras): Promise<void> {
    await this.run('sendAndRecall', { message: writeMessage(message) });
  }

  async consume(options: ConsumeOptions): Promise<ProbeConsumer> {
    return this.probe.consume('consume', { nameServer: this.nameServer, ...options });
  }

  async pull(options: PullOptions): Promise<ProbeConsumer> {
    return this.probe.consume('pull', { nameServer: this.nameServer, ...options });
  }

  async litePull(options: PullOptions & { style: 'subscribe' | 'assign' }): Promise<ProbeConsumer> {
    return this.probe.consume('litePull', { nameServer: this.nameServer, ...options });
  }

  async createTopic(topic: string, options: TopicToCreate = {}): Promise<void> {
    await this.run('createTopic', { topic, ...options });
  }

  async createGroup(group: string, options: GroupToCreate = {}): Promise<void> {
    await this.run('createGroup', { group, ...options });
  }

  async usePop(topic: string, group: string): Promise<void> {
    await this.run('usePop', { topic, group });
  }

  async view(topic: string, messageId: string): Promise<Delivered> {
    return readMessage(await this.run('view', { topic, messageId }));
  }

  async queryByKey(topic: string, key: string, range: { begin?: number; end?: number } = {}): Promise<Delivered[]> {
    return (await this.run<ProbeMessage[]>('queryByKey', { topic, key, ...range })).map(readMessage);
  }

  async queues(topic: string): Promise<MessageQueue[]> {
    return this.run('queues', { topic });
  }

  async offsets(
    queue: MessageQueue,
    timestamp?: number,
  ): Promise<{ min: number; max: number; earliestStoreTime: number; atTimestamp?: number }> {
    return this.run('offsets', { queue, timestamp });
  }

  /** Messages stored in a topic, over all its queues. */
  async stored(topic: string): Promise<number> {
    let total = 0;
    for (const queue of await this.queues(topic)) {
      const { min, max } = await this.offsets(queue);
      total += max - min;
    }
    return total;
  }

  async resetOffset(topic: string, group: string, timestamp: number): Promise<number> {
    return this.run('resetOffset', { topic, group, timestamp });
  }

  async consumeStats(group: string): Promise<{ queue: MessageQueue; brokerOffset: number; consumerOffset: number }[]> {
    return this.run('consumeStats', { group });
  }

  /** The records in a trace message's text, as Apache reads them. */
  async decodeTraces(text: string): Promise<DecodedTrace[]> {
    return this.run('decodeTraces', { text });
  }

  /** What mqadmin prints; `-n` is added. */
  async mqadmin(...words: readonly string[]): Promise<string> {
    return this.run('mqadmin', { arguments: [...words, '-n', this.nameServer] });
  }

  private async run<T>(command: string, parameters: JsonLine): Promise<T> {
    return this.probe.run(command, { nameServer: this.nameServer, ...parameters });
  }
}

/** A message as the probe writes it. */
interface ProbeMessage extends Omit<Delivered, 'body' | 'properties' | 'systemProperties'> {
  body: string;
  properties: Record<string, string>;
}

function readMessage({ properties, ...message }: ProbeMessage): Delivered {
  return delivered({ ...message, body: Buffer.from(message.body, 'base64') }, Object.entries(properties));
}

function writeMessage(message: Sent & SendExtras): JsonLine {
  return { ...message, body: message.body.toString('base64') };
}
