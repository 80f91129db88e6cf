import { Fifo } from '../../common/fifo.js';
import { getOrCreate } from '../../common/get-or-create.js';
import type { Cancellable } from '../../ports/clock.js';
import { encodeProperties } from '../../message/properties-codec.js';
import { PropertyName } from '../../message/property-names.js';
import { SystemTopic } from '../../message/topic-names.js';
import type { ClientInstance } from '../client-instance.js';
import { MessageSender } from '../producer/message-sender.js';
import { producerDefaults } from '../producer/producer-options.js';
import { encodeTrace, type EncodedTrace } from './trace-encoder.js';
import type { TraceRecord } from './trace-record.js';

/** Sources of these: Apache 5.3 AsyncTraceDispatcher, ClientConfig#traceMsgBatchNum. */
const MAX_WAITING = 2048;
const BATCH_SIZE = 10;
const FLUSH_INTERVAL_MS = 5000;
const SEND_TIMEOUT_MS = 5000;
const MAX_BODY_LENGTH = 128_000;
const MAX_SENDS_UNDER_WAY = 4;
/** In UTF-16 code units, of which each takes three bytes at most; there are 32,767 for all properties. */
const MAX_KEYS_LENGTH = 10_000;

/** The trace messages of one producer or consumer say by this group whose they are. */
const GROUP_PREFIX = '_INNER_TRACE_PRODUCER';

/**
 * Writes down what became of messages, in messages of a trace topic. It never holds up whom it
 * traces: records wait in a queue, and those that find it full are dropped and counted.
 * Source: Apache 5.3 AsyncTraceDispatcher.
 */
export class TraceDispatcher {
  private readonly sender: MessageSender;
  private readonly waiting = new Fifo<TraceRecord>();
  private readonly sending = new Set<Promise<void>>();
  private timer?: Cancellable;
  private dropped = 0;

  constructor(
    private readonly client: ClientInstance,
    kind: 'PRODUCE' | 'CONSUME',
    tracedGroup: string,
    private readonly topic: string = SystemTopic.trace,
  ) {
    this.sender = new MessageSender(client, { ...producerDefaults, group: `${GROUP_PREFIX}-${tracedGroup}-${kind}` });
  }

  /** Records that were dropped since the queue was full. */
  get droppedCount(): number {
    return this.dropped;
  }

  /** Whether messages of this topic are traces themselves. */
  isTrace(topic: string): boolean {
    return topic.startsWith(this.topic);
  }

  append(record: TraceRecord): void {
    if (this.waiting.size >= MAX_WAITING) {
      if (this.dropped === 0) this.client.logger.warn('traces are dropped: too many wait', { traceTopic: this.topic });
      this.dropped++;
      return;
    }
    this.waiting.push(record);
    this.pump(BATCH_SIZE);
  }

  /** Sends what waits; resolves when all is stored or has failed. */
  async stop(): Promise<void> {
    this.pump(1);
    while (this.sending.size > 0) {
      await Promise.all(this.sending);
      this.pump(1);
    }
    this.timer?.cancel();
  }

  /** Sends while so many wait; fewer leave when the interval is over. */
  private pump(leastCount: number): void {
    while (this.waiting.size >= leastCount && this.sending.size < MAX_SENDS_UNDER_WAY) {
      const sending: Promise<void> = this.send(this.takeBatch()).finally(() => {
        this.sending.delete(sending);
        this.pump(BATCH_SIZE);
      });
      this.sending.add(sending);
    }
    if (this.waiting.size > 0) this.timer ??= this.client.clock.schedule(FLUSH_INTERVAL_MS, () => this.flush());
  }

  private flush(): void {
    this.timer = undefined;
    this.pump(1);
  }

  private takeBatch(): TraceRecord[] {
    const batch: TraceRecord[] = [];
    for (let record = this.waiting.shift(); record; record = this.waiting.shift()) {
      batch.push(record);
      if (batch.length === BATCH_SIZE) break;
    }
    return batch;
  }

  /** Never rejects. */
  private async send(batch: readonly TraceRecord[]): Promise<void> {
    try {
      await Promise.all(bodiesOf(batch).map((traces) => this.sendBody(traces)));
    } catch (error) {
      this.client.logger.warn('traces were not stored', { traceTopic: this.topic, records: batch.length, error });
    }
  }

  private async sendBody(traces: readonly EncodedTrace[]): Promise<void> {
    const messageId = this.client.messageIds.next();
    const deadline = this.client.clock.monotonic() + SEND_TIMEOUT_MS;
    await this.sender.loadRoute(this.topic);
    await this.sender.send(
      {
        topic: this.topic,
        body: Buffer.from(traces.map(({ text }) => text).join('')),
        sysFlag: 0,
        flag: 0,
        properties: encodeProperties(
          new Map([
            [PropertyName.uniqKey, messageId],
            [PropertyName.waitStoreOk, 'true'],
            [PropertyName.keys, [...new Set(traces.flatMap(({ keys }) => keys))].join(' ')],
          ]),
        ),
        messageId,
      },
      { queues: this.sender.publishQueues(this.topic), deadline },
    );
  }
}

/** Traces that share a message: those of one topic, as many as its body and its keys have room for. */
function bodiesOf(batch: readonly TraceRecord[]): EncodedTrace[][] {
  const byTopic = new Map<string, EncodedTrace[]>();
  for (const record of batch) getOrCreate(byTopic, record.topic, () => []).push(...encodeTrace(record));
  return [...byTopic.values()].flatMap(cutToFit);
}

function cutToFit(traces: readonly EncodedTrace[]): EncodedTrace[][] {
  const bodies: EncodedTrace[][] = [];
  let [bodyLength, keysLength] = [Infinity, Infinity];
  for (const trace of traces) {
    const keys = trace.keys.join(' ').length + 1;
    if (bodyLength + trace.text.length > MAX_BODY_LENGTH || keysLength + keys > MAX_KEYS_LENGTH) {
      bodies.push([]);
      [bodyLength, keysLength] = [0, 0];
    }
    bodies[bodies.length - 1].push(trace);
    bodyLength += trace.text.length;
    keysLength += keys;
  }
  return bodies;
}
