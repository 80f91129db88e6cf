import type { BrokerOptions } from '../../lib/engine/broker/broker-options.js';
import { Broker, type BrokerParts } from '../../lib/engine/broker/broker.js';
import type { TableStorage } from '../../lib/engine/broker/table-file.js';
import { decodeRecords } from '../../lib/engine/message/message-codec.js';
import type { MessageRecord } from '../../lib/engine/message/message.js';
import { encodeProperties } from '../../lib/engine/message/properties-codec.js';
import type { Clock } from '../../lib/engine/ports/clock.js';
import { silentLogger } from '../../lib/engine/ports/logger.js';
import type { HeartbeatData } from '../../lib/engine/protocol/bodies/heartbeat-data.js';
import { encodeHeader, type FieldTable, type HeaderOf } from '../../lib/engine/protocol/field-table.js';
import { request, type RemotingCommand } from '../../lib/engine/protocol/remoting-command.js';
import {
  pullMessageRequest,
  PullSysFlag,
  type PullMessageRequest,
} from '../../lib/engine/protocol/requests/pull-message.js';
import { sendMessageV2Request, type SendMessageRequest } from '../../lib/engine/protocol/requests/send-message.js';
import { RequestCode } from '../../lib/engine/protocol/request-code.js';
import type { Channel, Connector, RequestProcessor } from '../../lib/engine/remoting/channel.js';
import { MemoryHub } from '../../lib/engine/remoting/memory-hub.js';
import { VirtualClock } from '../../lib/testing/virtual-clock.js';
import { MemoryLog, MemoryMessageStore } from './memory-message-store.js';
import { MortalClock } from '../../lib/testing/mortal-clock.js';
import { seededRandom } from '../../lib/testing/seeded-random.js';

const ADDRESS = '127.0.0.1:10911';

/** Files of tables that outlive a broker. */
export class MemoryTables implements TableStorage {
  readonly texts = new Map<string, string>();
  /** From now on saves are lost: the process is gone. */
  isKilled = false;

  constructor(texts: ReadonlyMap<string, string> = new Map()) {
    for (const [name, text] of texts) this.texts.set(name, text);
  }

  async load(name: string): Promise<string | undefined> {
    return this.texts.get(name);
  }

  async save(name: string, text: string): Promise<void> {
    if (!this.isKilled) this.texts.set(name, text);
  }
}

export interface RigOptions {
  clock?: VirtualClock;
  /** What an earlier broker left behind. */
  log?: MemoryLog;
  tables?: ReadonlyMap<string, string>;
  broker?: Partial<BrokerOptions>;
  physicalMemoryBytes?: number;
  disk?: BrokerParts['disk'];
  /** Where name servers listen. */
  connector?: Connector;
}

/** A broker on a virtual clock, a store in memory and channels in memory. */
export class BrokerRig {
  readonly clock: VirtualClock;
  readonly store: MemoryMessageStore;
  readonly tables: MemoryTables;
  readonly broker: Broker;
  private readonly life: MortalClock;
  private readonly hub: MemoryHub;

  constructor(private readonly options: RigOptions = {}) {
    this.clock = options.clock ?? new VirtualClock();
    this.life = new MortalClock(this.clock);
    this.hub = new MemoryHub({ clock: this.life, logger: silentLogger });
    this.store = new MemoryMessageStore(this.life, options.log);
    this.tables = new MemoryTables(options.tables);
    this.broker = new Broker(options.broker ?? {}, {
      store: this.store,
      acceptors: [this.hub.acceptor(ADDRESS)],
      connector: options.connector ?? this.hub.connector(),
      tableStorage: this.tables,
      clock: this.life,
      random: seededRandom(1),
      logger: silentLogger,
      physicalMemoryBytes: options.physicalMemoryBytes,
      disk: options.disk,
    });
  }

  static async start(options?: RigOptions): Promise<BrokerRig> {
    const rig = new BrokerRig(options);
    await rig.broker.start();
    return rig;
  }

  /** A client with a connection of its own; `clientId` names it in heartbeats. */
  async connect(clientId = 'client-1'): Promise<TestClient> {
    const client = new TestClient(clientId, this.clock);
    client.channel = await this.hub.connector().connect(ADDRESS, client.processors, 1000);
    return client;
  }

  /** Ends the process without a word; what it had stored stays. */
  kill(): void {
    this.life.isDead = true;
    this.store.kill();
    this.tables.isKilled = true;
  }

  /** Another broker on what this one left behind, after stop() or kill(). */
  next(broker: Partial<BrokerOptions> = this.options.broker ?? {}): Promise<BrokerRig> {
    // What was stored is dispatched by the recovery, also if the dead process had not come to it.
    const log = recovered(this.store.log);
    return BrokerRig.start({ ...this.options, broker, clock: this.clock, log, tables: this.tables.texts });
  }
}

function recovered(log: MemoryLog): MemoryLog {
  const fresh = new MemoryLog();
  fresh.end = log.end;
  for (const stored of log.records) {
    const key = `${stored.record.topic}@${stored.record.queueId}`;
    const queue = fresh.queues.get(key) ?? [];
    queue.push(stored);
    fresh.queues.set(key, queue);
    fresh.nextOffsets.set(key, queue.length);
    fresh.records.push(stored);
    fresh.byPhysicalOffset.set(stored.record.physicalOffset, stored);
  }
  return fresh;
}

/** Speaks to the broker in plain requests, and records what the broker asks of it. */
export class TestClient {
  channel!: Channel;
  readonly received: RemotingCommand[] = [];
  /** Called with each request of the broker. */
  onRequest: (command: RemotingCommand) => RemotingCommand | undefined = () => undefined;

  readonly processors = new Map<number, RequestProcessor>(
    [RequestCode.NOTIFY_CONSUMER_IDS_CHANGED, RequestCode.CHECK_TRANSACTION_STATE, 220, 221, 326].map((code) => [
      code,
      (command: RemotingCommand) => {
        this.received.push(command);
        return this.onRequest(command);
      },
    ]),
  );

  constructor(
    readonly clientId: string,
    private readonly clock: Clock,
  ) {}

  ask(code: number, extFields: Record<string, string> = {}, body?: Buffer): Promise<RemotingCommand> {
    return this.channel.invoke(request(code, { extFields, body }), 600_000);
  }

  askWith<T extends FieldTable>(code: number, table: T, header: HeaderOf<T>, body?: Buffer): Promise<RemotingCommand> {
    return this.ask(code, encodeHeader(table, header), body);
  }

  askJson(code: number, body: unknown): Promise<RemotingCommand> {
    return this.ask(code, {}, Buffer.from(JSON.stringify(body)));
  }

  send(
    topic: string,
    body: string,
    properties: Record<string, string> = {},
    header: Partial<SendMessageRequest> = {},
  ): Promise<RemotingCommand> {
    const text = encodeProperties(new Map(Object.entries(properties)));
    return this.askWith(
      RequestCode.SEND_MESSAGE_V2,
      sendMessageV2Request,
      { ...this.sendHeader(topic), properties: text, ...header },
      Buffer.from(body),
    );
  }

  sendHeader(topic: string): SendMessageRequest {
    return {
      producerGroup: 'PG',
      topic,
      defaultTopic: 'TBW102',
      defaultTopicQueueNums: 4,
      queueId: 0,
      sysFlag: 0,
      bornTimestamp: this.clock.now(),
      flag: 0,
    };
  }

  pull(group: string, topic: string, header: Partial<PullMessageRequest> = {}): Promise<RemotingCommand> {
    return this.askWith(RequestCode.PULL_MESSAGE, pullMessageRequest, {
      consumerGroup: group,
      topic,
      queueId: 0,
      queueOffset: 0,
      maxMsgNums: 32,
      sysFlag: PullSysFlag.subscription,
      commitOffset: 0,
      suspendTimeoutMillis: 15_000,
      subscription: '*',
      subVersion: 0,
      expressionType: 'TAG',
      ...header,
    });
  }

  heartbeat(data: Partial<HeartbeatData>): Promise<RemotingCommand> {
    const empty = { clientID: this.clientId, producerDataSet: [], consumerDataSet: [] };
    return this.askJson(RequestCode.HEART_BEAT, { ...empty, ...data });
  }

  consumerHeartbeat(groupName: string, topics: readonly string[], more: object = {}): Promise<RemotingCommand> {
    return this.heartbeat({
      consumerDataSet: [
        {
          groupName,
          consumeType: 'CONSUME_PASSIVELY',
          messageModel: 'CLUSTERING',
          consumeFromWhere: 'CONSUME_FROM_LAST_OFFSET',
          unitMode: false,
          subscriptionDataSet: topics.map((topic) => ({
            classFilterMode: false,
            topic,
            subString: '*',
            tagsSet: [],
            codeSet: [],
            subVersion: 1,
            expressionType: 'TAG',
          })),
          ...more,
        },
      ],
    });
  }
}

export function recordsIn({ body }: RemotingCommand): MessageRecord[] {
  return body === undefined ? [] : decodeRecords(body);
}

export function jsonIn({ body }: RemotingCommand): unknown {
  return JSON.parse((body ?? '').toString());
}
