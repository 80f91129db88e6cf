import { encodeQueueOffsets } from '../../protocol/bodies/queue-offsets.js';
import { decodeHeader } from '../../protocol/field-table.js';
import { response, type RemotingCommand } from '../../protocol/remoting-command.js';
import {
  cloneGroupOffsetRequest,
  correctionOffsetRequest,
  invokeResetOffsetRequest,
  type InvokeResetOffsetRequest,
} from '../../protocol/requests/broker-admin.js';
import { ResponseCode } from '../../protocol/response-code.js';
import type { MessageStore } from '../../store/message-store.js';
import { refuse, succeed, succeedWith } from '../../protocol/answers.js';
import type { BrokerToClient } from '../broker-to-client.js';
import type { BrokerOptions } from '../broker-options.js';
import type { PullRequestHold } from '../pull-request-hold.js';
import type { Tables } from '../tables/tables.js';

/** Clients of C++ are sent a list. */
const CPP = 'CPP';
const JAVA_MAX_LONG = 2n ** 63n - 1n;

export interface OffsetAdminParts {
  options: Pick<BrokerOptions, 'useServerSideResetOffset' | 'brokerName'>;
  tables: Pick<Tables, 'topics' | 'groups' | 'offsets' | 'delayOffsets' | 'consumers'>;
  store: MessageStore;
  client: BrokerToClient;
  hold: Pick<PullRequestHold, 'wakeQueue'>;
}

/**
 * INVOKE_BROKER_TO_RESET_OFFSET (222), QUERY_CORRECTION_OFFSET (308), CLONE_GROUP_OFFSET (314),
 * GET_ALL_CONSUMER_OFFSET (43), GET_ALL_DELAY_OFFSET (45).
 * Source: Apache 5.3 AdminBrokerProcessor.
 */
export class OffsetAdminProcessor {
  private readonly options: OffsetAdminParts['options'];
  private readonly tables: OffsetAdminParts['tables'];
  private readonly store: MessageStore;

  constructor(private readonly parts: OffsetAdminParts) {
    ({ options: this.options, tables: this.tables, store: this.store } = parts);
  }

  allOffsets(): RemotingCommand {
    return succeedWith(this.tables.offsets.encode());
  }

  allDelayOffsets(): RemotingCommand {
    return succeedWith(this.tables.delayOffsets.encode());
  }

  /** The group goes on from a time, or from an offset of one queue: with its next pull, or by a push to its members. */
  async reset(request: RemotingCommand): Promise<RemotingCommand> {
    const header = decodeHeader(invokeResetOffsetRequest, request.extFields);
    const { topic, group } = header;
    const config = this.tables.topics.get(topic);
    if (config === undefined) return refuse(ResponseCode.TOPIC_NOT_EXIST, `Topic ${topic} does not exist`);
    if (!this.tables.groups.has(group)) {
      return refuse(ResponseCode.SUBSCRIPTION_GROUP_NOT_EXIST, `Group ${group} does not exist`);
    }
    const isOneQueue = header.queueId !== undefined && header.queueId >= 0;
    const queueIds = isOneQueue ? [header.queueId ?? 0] : Array.from({ length: config.readQueueNums }, (_, id) => id);
    const targets = new Map<number, number>();
    for (const queueId of queueIds) {
      const target = await this.target(header, queueId, isOneQueue);
      if (typeof target === 'string') return refuse(ResponseCode.SYSTEM_ERROR, target);
      targets.set(queueId, target);
    }
    if (targets.size === 0) return refuse(ResponseCode.SYSTEM_ERROR, 'No queues to reset.');
    const { brokerName } = this.options;
    const offsets = [...targets].map(([queueId, offset]) => ({ queue: { topic, brokerName, queueId }, offset }));
    const body = encodeQueueOffsets('offsetTable', offsets);
    if (this.options.useServerSideResetOffset) {
      for (const [queueId, offset] of targets) {
        this.tables.offsets.reset(group, topic, queueId, offset);
        this.parts.hold.wakeQueue(topic, queueId); // Apache's consumer hears of it when its pull has waited long enough
      }
      return response(ResponseCode.SUCCESS, { body });
    }
    return this.push(header, body);
  }

  clone(request: RemotingCommand): RemotingCommand {
    const { srcGroup, destGroup, topic } = decodeHeader(cloneGroupOffsetRequest, request.extFields);
    const named = topic === undefined || topic.trim() === '' ? this.tables.offsets.topicsOf(srcGroup) : [topic];
    for (const name of named) if (this.tables.topics.has(name)) this.tables.offsets.clone(srcGroup, destGroup, name);
    return succeed();
  }

  /** Of each queue, how far the slowest group is; JAVA_MAX_LONG where that is further than `compareGroup`. */
  correction(request: RemotingCommand): RemotingCommand {
    const { topic, compareGroup, filterGroups } = decodeHeader(correctionOffsetRequest, request.extFields);
    const { offsets } = this.tables;
    const leftOut = new Set((filterGroups ?? '').split(','));
    const slowest = new Map<number, number | bigint>();
    for (const group of offsets.groupsOf(topic)) {
      if (leftOut.has(group)) continue;
      for (const [queueId, offset] of offsets.committedOf(group, topic)) {
        const isOld = offset < this.store.minQueueOffset(topic, queueId);
        if (!isOld && offset < (slowest.get(queueId) ?? Infinity)) slowest.set(queueId, offset);
      }
    }
    for (const [queueId, offset] of offsets.committedOf(compareGroup, topic)) {
      if ((slowest.get(queueId) ?? -1) > offset) slowest.set(queueId, JAVA_MAX_LONG);
    }
    return succeedWith({ correctionOffsets: slowest });
  }

  /** @returns a text that says why not */
  private async target(
    { topic, offset, timestamp }: InvokeResetOffsetRequest,
    queueId: number,
    isOneQueue: boolean,
  ): Promise<number | string> {
    const [min, max] = [this.store.minQueueOffset(topic, queueId), this.store.maxQueueOffset(topic, queueId)];
    if (isOneQueue && offset !== undefined && offset !== -1) {
      const isInside = offset >= min && offset <= max + 1;
      return isInside ? offset : `Target offset ${offset} not in consume queue range [${min}-${max}]`;
    }
    return timestamp < 0 ? max : this.store.offsetByTimestamp(topic, queueId, timestamp);
  }

  private push(header: InvokeResetOffsetRequest, body: Buffer): RemotingCommand {
    const group = this.tables.consumers.get(header.group);
    if (group === undefined) {
      return refuse(
        ResponseCode.CONSUMER_NOT_ONLINE,
        `Consumer not online, so can not reset offset, Group: ${header.group}`,
      );
    }
    for (const { channel, language } of group.clients.values()) {
      if (language !== CPP) this.parts.client.resetOffset(channel, header, body);
    }
    return response(ResponseCode.SUCCESS, { body });
  }
}
