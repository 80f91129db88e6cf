import { decodeRecord } from '../../lib/engine/message/message-codec.js';
import { encodeOffsetMessageId } from '../../lib/engine/message/message-id.js';
import { messageQueueKey } from '../../lib/engine/message/message-queue.js';
import { decodeBatch } from '../../lib/engine/message/batch-codec.js';
import { decodeProperties, encodeProperties } from '../../lib/engine/message/properties-codec.js';
import { PropertyName } from '../../lib/engine/message/property-names.js';
import { matchesTagsCode, parseTagExpression } from '../../lib/engine/message/tags.js';
import { retryTopic } from '../../lib/engine/message/topic-names.js';
import type { Clock } from '../../lib/engine/ports/clock.js';
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
import type { Channel } from '../../lib/engine/remoting/channel.js';
import type { MemoryHub } from '../../lib/engine/remoting/memory-hub.js';
import { ScriptedPeer } from './scripted-peer.js';
import { ScriptedQueues, STORE_HOST, type Place, type RecordOptions } from './scripted-queues.js';

const LOCK_EXPIRY_MS = 60_000;

interface HeldPull {
  command: RemotingCommand;
  answer: (response: RemotingCommand) => void;
}

/** What a scripted broker needs of its cluster. */
export interface Surroundings {
  readonly clock: Clock;
  readonly hub: MemoryHub;
  hasTopic(topic: string): boolean;
  /** As a broker does when a group's first consumer or a topic's first message comes. */
  createOn(brokerName: string, topic: string, queues: number): void;
}

/** A broker that keeps Apache's rules as far as clients depend on them. */
export class ScriptedBroker extends ScriptedPeer {
  readonly queues: ScriptedQueues;
  /** `group@topic@brokerName@queueId` to committed offset. */
  readonly offsets = new Map<string, number>();
  readonly ended: { header: ExtFields; oneway: boolean }[] = [];
  readonly deadLetters: { messageId: string; group: string }[] = [];
  readonly locks = new Map<string, { clientId: string; at: number }>();
  /** What a retry waits; 0: it comes back at once. */
  retryDelayMs = 0;
  private readonly members = new Map<Channel, HeartbeatData>();
  private readonly held = new Set<HeldPull>();
  private startedAt: number;
  private wasStopped = false;

  constructor(
    private readonly cluster: Surroundings,
    address: string,
    readonly name: string,
  ) {
    super(cluster.hub, address);
    this.queues = new ScriptedQueues(cluster.clock, name);
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
    this.on(RequestCode.GET_MAX_OFFSET, ({ extFields }) => offset(this.queues.of(placeOf(extFields)).length));
    this.on(RequestCode.GET_MIN_OFFSET, ({ extFields }) => offset(this.queues.minOffset(placeOf(extFields))));
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
    const place = { topic, queueId };
    const text = encodeProperties(new Map(Object.entries(properties)));
    this.append(place, Buffer.from(body), text, { reconsumeTimes });
    return this.queues.of(place).length - 1;
  }

  committed(group: string, topic: string, queueId: number): number | undefined {
    return this.offsets.get(`${group}@${this.queues.keyOf({ topic, queueId })}`);
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
    for (const { groupName } of data.consumerDataSet) this.cluster.createOn(this.name, retryTopic(groupName), 1);
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
    if (!this.cluster.hasTopic(topic)) this.cluster.createOn(this.name, topic, header.defaultTopicQueueNums);
    const body = command.body ?? Buffer.alloc(0);
    const members = batch ? decodeBatch(body) : [{ flag, body, properties }];
    const place = { topic, queueId };
    const queueOffset = this.queues.of(place).length;
    const ids = members.map((member) => {
      const text = batch ? member.properties + properties : member.properties;
      const options = { sysFlag, flag: member.flag, bornTimestamp, reconsumeTimes: header.reconsumeTimes };
      return encodeOffsetMessageId(STORE_HOST, this.append(place, member.body, text, options));
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

  private append(place: Place, body: Buffer, properties: string, options: RecordOptions): number {
    const physicalOffset = this.queues.append(place, body, properties, options);
    for (const held of [...this.held]) {
      const header = decodeHeader(pullMessageRequest, held.command.extFields);
      if (header.topic !== place.topic || header.queueId !== place.queueId) continue;
      this.held.delete(held);
      held.answer(this.pullNow(held.command) ?? this.nothingFor(header));
    }
    return physicalOffset;
  }

  private pull(command: RemotingCommand): RemotingCommand | Promise<RemotingCommand> {
    const header = decodeHeader(pullMessageRequest, command.extFields);
    if (!this.filterOf(header)) return response(ResponseCode.SUBSCRIPTION_NOT_EXIST, { remark: 'no subscription' });
    if ((header.sysFlag & 1) !== 0) this.commit(header.consumerGroup, header, header.commitOffset);
    const found = this.pullNow(command);
    if (found) return found;
    if ((header.sysFlag & PullSysFlag.suspend) === 0) return this.nothingFor(header);
    return new Promise((resolve) => {
      const held = { command, answer: resolve };
      this.held.add(held);
      this.cluster.clock.schedule(header.suspendTimeoutMillis, () => {
        if (!this.held.delete(held)) return;
        resolve(this.nothingFor(header));
      });
    });
  }

  private nothingFor(header: PullMessageRequest): RemotingCommand {
    return response(ResponseCode.PULL_NOT_FOUND, { extFields: this.queues.bounds(header, header.queueOffset) });
  }

  private pullNow(command: RemotingCommand): RemotingCommand | undefined {
    const header = decodeHeader(pullMessageRequest, command.extFields);
    const stored = this.queues.of(header);
    const min = this.queues.minOffset(header);
    if (header.queueOffset > stored.length || header.queueOffset < min) {
      const next = header.queueOffset < min ? min : stored.length;
      return response(ResponseCode.PULL_OFFSET_MOVED, { extFields: this.queues.bounds(header, next) });
    }
    if (header.queueOffset === stored.length) return undefined;
    const filter = parseTagExpression(this.filterOf(header))!;
    const range = stored.slice(header.queueOffset, header.queueOffset + header.maxMsgNums);
    const matching = range.filter((message) => matchesTagsCode(filter, message.tagsCode));
    const extFields = this.queues.bounds(header, header.queueOffset + range.length);
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

  private queryOffset(extFields: ExtFields): RemotingCommand {
    const committed = this.offsets.get(`${extFields.consumerGroup}@${this.queues.keyOf(placeOf(extFields))}`);
    return committed === undefined
      ? response(ResponseCode.QUERY_NOT_FOUND, { remark: 'not found' })
      : offset(committed);
  }

  private updateOffset(extFields: ExtFields): RemotingCommand {
    const { consumerGroup, topic, queueId, commitOffset } = decodeHeader(updateConsumerOffsetRequest, extFields);
    this.commit(consumerGroup, { topic, queueId }, commitOffset);
    return response(0);
  }

  private commit(group: string, place: Place, commitOffset: number): void {
    this.offsets.set(`${group}@${this.queues.keyOf(place)}`, commitOffset);
  }

  private sendBack(extFields: ExtFields): RemotingCommand {
    const {
      group,
      offset: physicalOffset,
      delayLevel,
      originMsgId = '',
      maxReconsumeTimes = 16,
    } = decodeHeader(consumerSendBackRequest, extFields);
    const found = this.queues.at(physicalOffset);
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
      this.append({ topic: retryTopic(group), queueId: 0 }, body, encodeProperties(properties), options);
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

function placeOf({ topic, queueId }: ExtFields): Place {
  return { topic, queueId: Number(queueId) };
}
