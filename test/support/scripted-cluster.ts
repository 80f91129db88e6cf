import { ClientInstance, type ClientOptions } from '../../lib/engine/client/client-instance.js';
import { ConnectError } from '../../lib/engine/common/errors.js';
import { decodeRecord, encodeRecord, stampRecord } from '../../lib/engine/message/message-codec.js';
import { encodeOffsetMessageId } from '../../lib/engine/message/message-id.js';
import { messageQueueKey, type MessageQueue } from '../../lib/engine/message/message-queue.js';
import { decodeBatch } from '../../lib/engine/message/batch-codec.js';
import { decodeProperties, encodeProperties } from '../../lib/engine/message/properties-codec.js';
import { PropertyName } from '../../lib/engine/message/property-names.js';
import { matchesTagsCode, parseTagExpression, tagsCode } from '../../lib/engine/message/tags.js';
import { retryTopic } from '../../lib/engine/message/topic-names.js';
import type { Cancellable, Clock } from '../../lib/engine/ports/clock.js';
import type { Logger, LogFields } from '../../lib/engine/ports/logger.js';
import type { HeartbeatData } from '../../lib/engine/protocol/bodies/heartbeat-data.js';
import type { LockBatchBody } from '../../lib/engine/protocol/bodies/lock-batch.js';
import { decodeHeader, encodeHeader } from '../../lib/engine/protocol/field-table.js';
import { request, response, type ExtFields, type RemotingCommand } from '../../lib/engine/protocol/remoting-command.js';
import { RequestCode } from '../../lib/engine/protocol/request-code.js';
import { consumerSendBackRequest } from '../../lib/engine/protocol/requests/consumer-send-back.js';
import { updateConsumerOffsetRequest } from '../../lib/engine/protocol/requests/consumer-offset.js';
import { offsetResponse } from '../../lib/engine/protocol/requests/queue-offset.js';
import {
  pullMessageRequest,
  PullSysFlag,
  type PullMessageRequest,
} from '../../lib/engine/protocol/requests/pull-message.js';
import { decodeSendMessageRequest } from '../../lib/engine/protocol/requests/send-message.js';
import { ResponseCode } from '../../lib/engine/protocol/response-code.js';
import type {
  Acceptor,
  Channel,
  Connector,
  ProcessorTable,
  RequestProcessor,
} from '../../lib/engine/remoting/channel.js';
import { MemoryHub } from '../../lib/engine/remoting/memory-hub.js';
import { VirtualClock } from '../../lib/testing/virtual-clock.js';
import { seededRandom } from '../../lib/testing/seeded-random.js';

const STORE_HOST = { host: '10.0.0.1', port: 10911 };
const BORN_HOST = { host: '10.0.0.9', port: 40000 };
const LOCK_EXPIRY_MS = 60_000;
const NAME_SERVERS = ['10.0.1.1:9876', '10.0.1.2:9876'];

export interface LogLine {
  level: string;
  sentence: string;
  fields: LogFields;
}

/** A logger that keeps its lines. */
export class LogBook implements Logger {
  readonly lines: LogLine[] = [];
  debug = (sentence: string, fields: LogFields = {}): void =>
    void this.lines.push({ level: 'debug', sentence, fields });
  info = (sentence: string, fields: LogFields = {}): void => void this.lines.push({ level: 'info', sentence, fields });
  warn = (sentence: string, fields: LogFields = {}): void => void this.lines.push({ level: 'warn', sentence, fields });
  error = (sentence: string, fields: LogFields = {}): void =>
    void this.lines.push({ level: 'error', sentence, fields });

  find(sentence: string): LogLine | undefined {
    return this.lines.find((line) => line.sentence === sentence);
  }
}

/**
 * Two name servers and some brokers as clients meet them, on a virtual clock and in memory. They
 * keep Apache's rules as far as clients depend on them; a test scripts what goes wrong.
 */
export class ScriptedCluster {
  readonly clock = new VirtualClock();
  readonly log = new LogBook();
  readonly hub = new MemoryHub({ clock: this.clock, logger: this.log });
  readonly nameServers = NAME_SERVERS.map((address) => new ScriptedPeer(this, address));
  readonly brokers = new Map<string, ScriptedBroker>();
  readonly random;
  /** Topic to broker name to number of queues. */
  private readonly topics = new Map<string, Map<string, number>>();
  /** `machine/group` to the text of a broadcasting group's offsets.json. */
  readonly offsetFiles = new Map<string, string>();
  private instances = 0;

  constructor(seed = 1) {
    this.random = seededRandom(seed);
    for (const server of this.nameServers) {
      server.on(RequestCode.GET_ROUTEINFO_BY_TOPIC, ({ extFields }) => this.route(extFields.topic));
      server.on(RequestCode.GET_BROKER_CLUSTER_INFO, () => this.clusterInfo());
      server.on(RequestCode.GET_ALL_TOPIC_LIST_FROM_NAMESERVER, () =>
        response(0, { body: json({ topicList: [...this.topics.keys()] }) }),
      );
    }
  }

  async start(...brokerNames: string[]): Promise<void> {
    for (const server of this.nameServers) await server.start();
    for (const [index, name] of brokerNames.entries()) {
      const broker = new ScriptedBroker(this, `10.0.0.${index + 1}:10911`, name);
      this.brokers.set(name, broker);
      await broker.start();
    }
  }

  broker(name = 'broker-a'): ScriptedBroker {
    return this.brokers.get(name)!;
  }

  createTopic(topic: string, queuesByBroker: Record<string, number>): void {
    this.topics.set(topic, new Map(Object.entries(queuesByBroker)));
  }

  /** As a broker does when a group's first consumer or a topic's first message comes. */
  createOn(broker: ScriptedBroker, topic: string, queues: number): void {
    const byBroker = this.topics.get(topic) ?? new Map<string, number>();
    if (!byBroker.has(broker.name)) byBroker.set(broker.name, queues);
    this.topics.set(topic, byBroker);
  }

  hasTopic(topic: string): boolean {
    return this.topics.has(topic);
  }

  /** A started client instance, as another process would have one. */
  async client(options: Partial<ClientOptions> & { machine?: string } = {}): Promise<ClientInstance> {
    return (await this.process(options)).instance;
  }

  /** The same with the power to kill it: connections drop, and nothing it had planned happens any more. */
  async process(
    options: Partial<ClientOptions> & { machine?: string } = {},
  ): Promise<{ instance: ClientInstance; kill: () => void }> {
    this.instances++;
    const life = new ProcessLife(this.clock, this.hub.connector());
    const instance = new ClientInstance(
      {
        clock: life.clock,
        random: seededRandom(this.random.nextInt(2 ** 31)),
        logger: this.log,
        connector: life.connector,
        identity: { ip: Buffer.from([10, 0, 2, this.instances]), processId: 100 + this.instances },
        offsetFile: (group) => this.offsetFile(`${options.machine ?? this.instances}/${group}`),
      },
      { nameServers: NAME_SERVERS, ...options },
    );
    await instance.start();
    return { instance, kill: () => life.end() };
  }

  /** Runs to its end what only waits for promises and messages, or for this much time to pass. */
  async settle(ms = 0): Promise<void> {
    if (ms === 0) await this.clock.settle();
    else await this.clock.advance(ms);
  }

  private offsetFile(path: string): { load(): Promise<string | undefined>; save(text: string): Promise<void> } {
    return {
      load: async () => this.offsetFiles.get(path),
      save: async (text) => void this.offsetFiles.set(path, text),
    };
  }

  private route(topic: string): RemotingCommand {
    const byBroker = this.topics.get(topic);
    if (!byBroker) return response(ResponseCode.TOPIC_NOT_EXIST, { remark: `no ${topic}` });
    const queueDatas = [...byBroker].map(([brokerName, count]) => ({
      brokerName,
      readQueueNums: count,
      writeQueueNums: count,
      perm: 6,
      topicSysFlag: 0,
    }));
    const brokerDatas = [...byBroker.keys()].map((name) => this.broker(name).data());
    return response(0, { body: json({ queueDatas, brokerDatas, filterServerTable: {} }) });
  }

  private clusterInfo(): RemotingCommand {
    const brokerAddrTable = Object.fromEntries([...this.brokers].map(([name, broker]) => [name, broker.data()]));
    return response(0, { body: json({ brokerAddrTable, clusterAddrTable: {} }) });
  }
}

/** What ties a process to the world: timers and connections. */
class ProcessLife {
  readonly clock: Clock;
  readonly connector: Connector;
  private readonly timers = new Set<Cancellable>();
  private readonly channels = new Set<Channel>();
  private isOver = false;

  constructor(clock: Clock, connector: Connector) {
    this.clock = {
      now: () => clock.now(),
      monotonic: () => clock.monotonic(),
      schedule: (delayMs, task) => {
        if (this.isOver) return { cancel: () => {} };
        const timer = clock.schedule(delayMs, () => {
          this.timers.delete(timer);
          task();
        });
        this.timers.add(timer);
        return timer;
      },
    };
    this.connector = {
      connect: async (address, processors, timeoutMs) => {
        if (this.isOver) throw new ConnectError(address, 'this process is dead');
        const channel = await connector.connect(address, processors, timeoutMs);
        this.channels.add(channel);
        return channel;
      },
    };
  }

  end(): void {
    this.isOver = true;
    for (const timer of this.timers) timer.cancel();
    for (const channel of this.channels) channel.close();
  }
}

/** A server whose answers a test can replace. */
export class ScriptedPeer {
  /** Every request it has seen. */
  readonly requests: RemotingCommand[] = [];
  protected readonly processors = new Map<number, RequestProcessor>();
  private acceptor?: Acceptor;

  constructor(
    protected readonly cluster: ScriptedCluster,
    readonly address: string,
  ) {}

  on(code: number, processor: RequestProcessor): void {
    this.processors.set(code, (command, channel) => {
      this.requests.push(command);
      return processor(command, channel);
    });
  }

  /** Answers the next `times` requests of this kind by `processor` instead. */
  once(code: number, processor: RequestProcessor, times = 1): void {
    const usual = this.processors.get(code);
    let left = times;
    this.processors.set(code, (command, channel) => {
      if (left-- > 0) {
        this.requests.push(command);
        return processor(command, channel);
      }
      if (usual) this.processors.set(code, usual);
      return usual?.(command, channel);
    });
  }

  requestsOf(code: number): RemotingCommand[] {
    return this.requests.filter((command) => command.code === code);
  }

  async start(): Promise<void> {
    const table: ProcessorTable = new Map([...this.processors.keys()].map((code) => [code, this.delegate(code)]));
    this.acceptor = this.cluster.hub.acceptor(this.address);
    await this.acceptor.start(table, (channel) => this.onOpen(channel));
  }

  /** All its connections are closed; nothing can be reached until start(). */
  async stop(): Promise<void> {
    await this.acceptor?.stop();
  }

  protected onOpen(_channel: Channel): void {}

  private delegate(code: number): RequestProcessor {
    return (command, channel) => this.processors.get(code)?.(command, channel);
  }
}

interface StoredMessage {
  record: Buffer;
  tagsCode: number;
}

interface HeldPull {
  command: RemotingCommand;
  answer: (response: RemotingCommand) => void;
}

export class ScriptedBroker extends ScriptedPeer {
  readonly queues = new Map<string, StoredMessage[]>();
  /** Offset of a queue's first message that is still there. */
  readonly minOffsets = new Map<string, number>();
  /** `group@topic@brokerName@queueId` to committed offset. */
  readonly offsets = new Map<string, number>();
  readonly ended: { header: ExtFields; oneway: boolean }[] = [];
  readonly deadLetters: { messageId: string; group: string }[] = [];
  readonly locks = new Map<string, { clientId: string; at: number }>();
  /** What a retry waits; 0: it comes back at once. */
  retryDelayMs = 0;
  private readonly members = new Map<Channel, HeartbeatData>();
  private readonly held = new Set<HeldPull>();
  private readonly byPhysicalOffset = new Map<number, { topic: string; record: Buffer }>();
  private nextPhysicalOffset = 1000;
  private startedAt: number;
  private wasStopped = false;

  constructor(
    cluster: ScriptedCluster,
    address: string,
    readonly name: string,
  ) {
    super(cluster, address);
    this.startedAt = cluster.clock.now() - 3_600_000;
    this.on(RequestCode.HEART_BEAT, (command, channel) => this.heartbeat(command, channel));
    this.on(RequestCode.UNREGISTER_CLIENT, (_command, channel) => this.unregister(channel));
    this.on(RequestCode.GET_CONSUMER_LIST_BY_GROUP, ({ extFields }) => this.consumerList(extFields.consumerGroup));
    this.on(RequestCode.SEND_MESSAGE_V2, (command) => this.send(command));
    this.on(RequestCode.SEND_BATCH_MESSAGE, (command) => this.send(command));
    this.on(RequestCode.PULL_MESSAGE, (command) => this.pull(command));
    this.on(RequestCode.LITE_PULL_MESSAGE, (command) => this.pull(command));
    this.on(RequestCode.QUERY_CONSUMER_OFFSET, ({ extFields }) => this.queryOffset(extFields));
    this.on(RequestCode.UPDATE_CONSUMER_OFFSET, ({ extFields }) => this.updateOffset(extFields));
    this.on(RequestCode.GET_MAX_OFFSET, ({ extFields }) => offset(this.stored(extFields).length));
    this.on(RequestCode.GET_MIN_OFFSET, ({ extFields }) => offset(this.minOffsets.get(this.keyOf(extFields)) ?? 0));
    this.on(RequestCode.SEARCH_OFFSET_BY_TIMESTAMP, ({ extFields }) => offset(Number(extFields.timestamp) % 7));
    this.on(RequestCode.CONSUMER_SEND_MSG_BACK, ({ extFields }) => this.sendBack(extFields));
    this.on(RequestCode.END_TRANSACTION, ({ extFields, flag }) => this.endTransaction(extFields, (flag & 2) !== 0));
    this.on(RequestCode.GET_BROKER_RUNTIME_INFO, () =>
      response(0, { body: json({ table: { runtime: this.uptime() } }) }),
    );
    this.on(RequestCode.LOCK_BATCH_MQ, ({ body }) => this.lock(parse(body)));
    this.on(RequestCode.UNLOCK_BATCH_MQ, ({ body }) => this.unlock(parse(body)));
  }

  data(): { cluster: string; brokerName: string; brokerAddrs: Record<string, string> } {
    return { cluster: 'c', brokerName: this.name, brokerAddrs: { 0: this.address } };
  }

  /** The cluster's first start was long ago. */
  override async start(): Promise<void> {
    if (this.wasStopped) this.startedAt = this.cluster.clock.now();
    await super.start();
  }

  /** A process that is killed: connections drop, locks and members are forgotten; messages and offsets stay. */
  override async stop(): Promise<void> {
    this.wasStopped = true;
    await super.stop();
    this.members.clear();
    this.locks.clear();
    this.held.clear();
  }

  /** Client ids in a group. */
  clientsOf(group: string): string[] {
    return [...this.members.values()]
      .filter(({ consumerDataSet }) => consumerDataSet.some(({ groupName }) => groupName === group))
      .map(({ clientID }) => clientID);
  }

  /** Stores a message as a producer's would be. @returns its queue offset */
  put(
    topic: string,
    queueId: number,
    body: string,
    properties: Record<string, string> = {},
    reconsumeTimes = 0,
  ): number {
    const stored = this.stored({ topic, queueId: String(queueId) });
    const text = encodeProperties(new Map(Object.entries(properties)));
    this.append(topic, queueId, Buffer.from(body), text, { reconsumeTimes });
    return stored.length - 1;
  }

  committed(group: string, topic: string, queueId: number): number | undefined {
    return this.offsets.get(`${group}@${messageQueueKey({ topic, brokerName: this.name, queueId })}`);
  }

  /** Asks a client something, by its first connection. */
  ask(code: number, content: { extFields?: ExtFields; body?: Buffer }): Promise<RemotingCommand> {
    const [channel] = this.members.keys();
    return channel.invoke(request(code, content), 3000);
  }

  tell(code: number, content: { extFields?: ExtFields; body?: Buffer }): void {
    for (const channel of this.members.keys()) channel.invokeOneway(request(code, content));
  }

  protected override onOpen(channel: Channel): void {
    channel.onClose(() => this.unregister(channel));
  }

  private heartbeat({ body }: RemotingCommand, channel: Channel): RemotingCommand {
    const data = parse(body) as HeartbeatData;
    const before = JSON.stringify(this.members.get(channel) ?? null);
    this.members.set(channel, data);
    for (const { groupName } of data.consumerDataSet) this.cluster.createOn(this, retryTopic(groupName), 1);
    if (before !== JSON.stringify(data)) this.notify(data);
    return response(0);
  }

  private unregister(channel: Channel): RemotingCommand {
    const data = this.members.get(channel);
    this.members.delete(channel);
    if (data) this.notify(data);
    return response(0);
  }

  private notify({ consumerDataSet }: HeartbeatData): void {
    for (const { groupName } of consumerDataSet) {
      for (const [channel, member] of this.members) {
        if (!member.consumerDataSet.some((data) => data.groupName === groupName)) continue;
        const extFields = { consumerGroup: groupName };
        if (channel.isOpen) channel.invokeOneway(request(RequestCode.NOTIFY_CONSUMER_IDS_CHANGED, { extFields }));
      }
    }
  }

  private consumerList(group: string): RemotingCommand {
    const consumerIdList = this.clientsOf(group);
    if (consumerIdList.length > 0) return response(0, { body: json({ consumerIdList }) });
    return response(ResponseCode.SYSTEM_ERROR, { remark: `no consumer for this group, ${group}` });
  }

  private send(command: RemotingCommand): RemotingCommand {
    const header = decodeSendMessageRequest(command);
    const { topic, queueId, properties = '', batch = false, sysFlag, flag, bornTimestamp } = header;
    if (!this.cluster.hasTopic(topic)) this.cluster.createOn(this, topic, header.defaultTopicQueueNums);
    const body = command.body ?? Buffer.alloc(0);
    const members = batch ? decodeBatch(body) : [{ flag, body, properties }];
    const queueOffset = this.stored({ topic, queueId: String(queueId) }).length;
    const ids = members.map((member) => {
      const text = batch ? member.properties + properties : member.properties;
      const options = { sysFlag, flag: member.flag, bornTimestamp, reconsumeTimes: header.reconsumeTimes };
      return encodeOffsetMessageId(STORE_HOST, this.append(topic, queueId, member.body, text, options));
    });
    const transactionId = decodeProperties(members[0].properties).get(PropertyName.uniqKey);
    return response(0, {
      extFields: {
        msgId: ids.join(','),
        queueId: String(queueId),
        queueOffset: String(queueOffset),
        transactionId: transactionId ?? '',
      },
    });
  }

  private append(
    topic: string,
    queueId: number,
    body: Buffer,
    properties: string,
    options: { sysFlag?: number; flag?: number; bornTimestamp?: number; reconsumeTimes?: number } = {},
  ): number {
    const stored = this.stored({ topic, queueId: String(queueId) });
    const record = encodeRecord({
      topic,
      queueId,
      body,
      properties: decodeProperties(properties),
      flag: options.flag ?? 0,
      sysFlag: options.sysFlag ?? 0,
      bornTimestamp: options.bornTimestamp ?? this.cluster.clock.now(),
      bornHost: BORN_HOST,
      storeHost: STORE_HOST,
      reconsumeTimes: options.reconsumeTimes ?? 0,
      preparedTransactionOffset: 0,
    });
    const physicalOffset = this.nextPhysicalOffset;
    this.nextPhysicalOffset += record.length;
    stampRecord(record, { queueOffset: stored.length, physicalOffset, storeTimestamp: this.cluster.clock.now() });
    stored.push({ record, tagsCode: tagsCode(decodeProperties(properties).get(PropertyName.tags)) });
    this.byPhysicalOffset.set(physicalOffset, { topic, record });
    for (const held of [...this.held]) {
      const header = decodeHeader(pullMessageRequest, held.command.extFields);
      if (header.topic !== topic || header.queueId !== queueId) continue;
      this.held.delete(held);
      held.answer(
        this.pullNow(held.command) ??
          response(ResponseCode.PULL_NOT_FOUND, { extFields: this.bounds(header, header.queueOffset) }),
      );
    }
    return physicalOffset;
  }

  private pull(command: RemotingCommand): RemotingCommand | Promise<RemotingCommand> {
    const header = decodeHeader(pullMessageRequest, command.extFields);
    if (!this.filterOf(header)) return response(ResponseCode.SUBSCRIPTION_NOT_EXIST, { remark: 'no subscription' });
    if ((header.sysFlag & 1) !== 0) this.commit(header.consumerGroup, header, header.commitOffset);
    const found = this.pullNow(command);
    if (found) return found;
    if ((header.sysFlag & PullSysFlag.suspend) === 0)
      return response(ResponseCode.PULL_NOT_FOUND, { extFields: this.bounds(header, header.queueOffset) });
    return new Promise((resolve) => {
      const held = { command, answer: resolve };
      this.held.add(held);
      this.cluster.clock.schedule(header.suspendTimeoutMillis, () => {
        if (!this.held.delete(held)) return;
        resolve(response(ResponseCode.PULL_NOT_FOUND, { extFields: this.bounds(header, header.queueOffset) }));
      });
    });
  }

  private pullNow(command: RemotingCommand): RemotingCommand | undefined {
    const header = decodeHeader(pullMessageRequest, command.extFields);
    const stored = this.stored(command.extFields);
    const min = this.minOffsets.get(this.keyOf(command.extFields)) ?? 0;
    if (header.queueOffset > stored.length || header.queueOffset < min) {
      const next = header.queueOffset < min ? min : stored.length;
      return response(ResponseCode.PULL_OFFSET_MOVED, { extFields: this.bounds(header, next) });
    }
    if (header.queueOffset === stored.length) return undefined;
    const filter = parseTagExpression(this.filterOf(header))!;
    const range = stored.slice(header.queueOffset, header.queueOffset + header.maxMsgNums);
    const matching = range.filter((message) => matchesTagsCode(filter, message.tagsCode));
    const extFields = this.bounds(header, header.queueOffset + range.length);
    if (matching.length === 0) return response(ResponseCode.PULL_RETRY_IMMEDIATELY, { extFields });
    return response(0, { extFields, body: Buffer.concat(matching.map(({ record }) => record)) });
  }

  /** What the pull brings along, or what the group has subscribed to. */
  private filterOf(header: PullMessageRequest): string | undefined {
    return (header.sysFlag & PullSysFlag.subscription) !== 0
      ? header.subscription
      : this.subscriptionOf(header.consumerGroup, header.topic)?.subString;
  }

  private subscriptionOf(group: string, topic: string): { subString: string } | undefined {
    for (const { consumerDataSet } of this.members.values()) {
      const data = consumerDataSet.find(({ groupName }) => groupName === group);
      const subscription = data?.subscriptionDataSet.find((one) => one.topic === topic);
      if (subscription) return subscription;
    }
    return undefined;
  }

  private bounds({ topic, queueId }: { topic: string; queueId: number }, nextBeginOffset: number): ExtFields {
    const ext = { topic, queueId: String(queueId) };
    return {
      suggestWhichBrokerId: '0',
      nextBeginOffset: String(nextBeginOffset),
      minOffset: String(this.minOffsets.get(this.keyOf(ext)) ?? 0),
      maxOffset: String(this.stored(ext).length),
    };
  }

  private queryOffset(extFields: ExtFields): RemotingCommand {
    const committed = this.offsets.get(`${extFields.consumerGroup}@${this.keyOf(extFields)}`);
    return committed === undefined
      ? response(ResponseCode.QUERY_NOT_FOUND, { remark: 'not found' })
      : offset(committed);
  }

  private updateOffset(extFields: ExtFields): RemotingCommand {
    const { consumerGroup, topic, queueId, commitOffset } = decodeHeader(updateConsumerOffsetRequest, extFields);
    this.commit(consumerGroup, { topic, queueId }, commitOffset);
    return response(0);
  }

  private commit(group: string, { topic, queueId }: { topic: string; queueId: number }, commitOffset: number): void {
    this.offsets.set(`${group}@${messageQueueKey({ topic, brokerName: this.name, queueId })}`, commitOffset);
  }

  private sendBack(extFields: ExtFields): RemotingCommand {
    const {
      group,
      offset: physicalOffset,
      delayLevel,
      originMsgId = '',
      maxReconsumeTimes = 16,
    } = decodeHeader(consumerSendBackRequest, extFields);
    const found = this.byPhysicalOffset.get(physicalOffset);
    if (!found) return response(ResponseCode.SYSTEM_ERROR, { remark: `no message at ${physicalOffset}` });
    const { record, topic } = found;
    const { properties, body, reconsumeTimes, sysFlag, flag } = decodeRecord(record);
    if (delayLevel < 0 || reconsumeTimes >= maxReconsumeTimes) {
      this.deadLetters.push({ messageId: originMsgId, group });
      return response(0);
    }
    if (!properties.has(PropertyName.retryTopic)) properties.set(PropertyName.retryTopic, topic);
    const store = (): void => {
      const options = { reconsumeTimes: reconsumeTimes + 1, sysFlag, flag };
      this.append(retryTopic(group), 0, body, encodeProperties(properties), options);
    };
    if (this.retryDelayMs === 0) store();
    else this.cluster.clock.schedule(this.retryDelayMs, store);
    return response(0);
  }

  private endTransaction(header: ExtFields, oneway: boolean): RemotingCommand {
    this.ended.push({ header, oneway });
    return response(0);
  }

  private lock(body: unknown): RemotingCommand {
    const { clientId, consumerGroup, mqSet } = body as LockBatchBody;
    const now = this.cluster.clock.now();
    const lockOKMQSet = mqSet.filter((queue) => {
      const key = `${consumerGroup}@${messageQueueKey(queue)}`;
      const owner = this.locks.get(key);
      if (owner && owner.clientId !== clientId && now - owner.at <= LOCK_EXPIRY_MS) return false;
      this.locks.set(key, { clientId, at: now });
      return true;
    });
    return response(0, { body: json({ lockOKMQSet }) });
  }

  private unlock(body: unknown): RemotingCommand {
    const { clientId, consumerGroup, mqSet } = body as LockBatchBody;
    for (const queue of mqSet) {
      const key = `${consumerGroup}@${messageQueueKey(queue)}`;
      if (this.locks.get(key)?.clientId === clientId) this.locks.delete(key);
    }
    return response(0);
  }

  private uptime(): string {
    const seconds = Math.floor((this.cluster.clock.now() - this.startedAt) / 1000);
    return `[ 0 days, 0 hours, 0 minutes, ${seconds} seconds ]`;
  }

  private stored(extFields: ExtFields): StoredMessage[] {
    const key = this.keyOf(extFields);
    let stored = this.queues.get(key);
    if (!stored) this.queues.set(key, (stored = []));
    return stored;
  }

  private keyOf({ topic, queueId }: ExtFields): string {
    return messageQueueKey(this.queue(topic, Number(queueId)));
  }

  private queue(topic: string, queueId: number): MessageQueue {
    return { topic, brokerName: this.name, queueId };
  }
}

function offset(value: number): RemotingCommand {
  return response(0, { extFields: encodeHeader(offsetResponse, { offset: value }) });
}

function json(value: unknown): Buffer {
  return Buffer.from(JSON.stringify(value));
}

function parse(body: Buffer | undefined): unknown {
  return JSON.parse(body?.toString('utf8') ?? '{}');
}
