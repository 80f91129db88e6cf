import { ProtocolError, RequestTimeoutError, RocketMqError } from '../../common/errors.js';
import type { TopicGuard } from '../../access/topic-guard.js';
import { decodeOffsetMessageId } from '../../message/message-id.js';
import type { MessageRecord } from '../../message/message.js';
import type { MessageQueue } from '../../message/message-queue.js';
import { decodeQueueOffsets, queueKey } from '../../protocol/bodies/queue-offsets.js';
import { decodeHeader, encodeHeader } from '../../protocol/field-table.js';
import { request as newRequest, type RemotingCommand } from '../../protocol/remoting-command.js';
import { producerGroupRequest, topicAndGroupRequest } from '../../protocol/requests/broker-admin.js';
import { consumerGroupRequest } from '../../protocol/requests/client-membership.js';
import { consumerStatusRequest } from '../../protocol/requests/reset-offset.js';
import { consumeDirectlyRequest, consumerRunningInfoRequest } from '../../protocol/requests/consumer-running-info.js';
import { groupRequest } from '../../protocol/requests/group-admin.js';
import { topicRequest } from '../../protocol/requests/topic-admin.js';
import { RequestCode } from '../../protocol/request-code.js';
import { ResponseCode } from '../../protocol/response-code.js';
import type { MessageStore } from '../../store/message-store.js';
import type { Channel } from '../../remoting/channel.js';
import { refuse, succeedWith } from '../../protocol/answers.js';
import { lookUpRecord } from '../record-lookup.js';
import type { ClientInfo } from '../tables/client-info.js';
import type { Tables } from '../tables/tables.js';

const CALL_CLIENT_TIMEOUT_MS = 10_000;
const STATUS_TIMEOUT_MS = 5000;
/** Clients before it know no such requests: MQVersion V3_1_8_SNAPSHOT. */
const VERSION_THAT_ANSWERS = 74;

/**
 * Who is connected: GET_CONSUMER_CONNECTION_LIST (203), GET_PRODUCER_CONNECTION_LIST (204), GET_ALL_PRODUCER_INFO (328),
 * QUERY_TOPIC_CONSUME_BY_WHO (300), QUERY_TOPICS_BY_CONSUMER (343), QUERY_SUBSCRIPTION_BY_CONSUMER (345); and what is
 * passed on to consumers: INVOKE_BROKER_TO_GET_CONSUMER_STATUS (223), GET_CONSUMER_RUNNING_INFO (307),
 * CONSUME_MESSAGE_DIRECTLY (309).
 * Source: Apache 5.3 AdminBrokerProcessor.
 */
export class ClientAdminProcessor {
  constructor(
    private readonly tables: Pick<Tables, 'consumers' | 'producers' | 'offsets'>,
    private readonly store: MessageStore,
    private readonly brokerName: string,
    private readonly guard: TopicGuard,
  ) {}

  consumerConnections(request: RemotingCommand): RemotingCommand {
    const { consumerGroup } = decodeHeader(consumerGroupRequest, request.extFields);
    const group = this.tables.consumers.get(consumerGroup);
    if (group === undefined) {
      return refuse(ResponseCode.CONSUMER_NOT_ONLINE, `the consumer group[${consumerGroup}] not online`);
    }
    return succeedWith({
      connectionSet: Array.from(group.clients.values(), connectionOf),
      consumeFromWhere: group.consumeFromWhere,
      consumeType: group.consumeType,
      messageModel: group.messageModel,
      subscriptionTable: group.subscriptions,
    });
  }

  producerConnections(request: RemotingCommand): RemotingCommand {
    const { producerGroup } = decodeHeader(producerGroupRequest, request.extFields);
    const clients = this.tables.producers.clientsOf(producerGroup);
    return clients === undefined
      ? refuse(ResponseCode.SYSTEM_ERROR, `the producer group[${producerGroup}] not exist`)
      : succeedWith({ connectionSet: Array.from(clients.values(), connectionOf) });
  }

  allProducers(): RemotingCommand {
    const groups = [...this.tables.producers.all()].map(
      ([group, clients]) => [group, Array.from(clients.values(), producerInfoOf)] as const,
    );
    return succeedWith({ data: Object.fromEntries(groups) });
  }

  groupsOfTopic(request: RemotingCommand): RemotingCommand {
    const { topic } = decodeHeader(topicRequest, request.extFields);
    const groups = new Set(this.tables.offsets.groupsOf(topic));
    for (const { name, subscriptions } of this.tables.consumers.all()) if (subscriptions.has(topic)) groups.add(name);
    return succeedWith({ groupList: [...groups] });
  }

  topicsOfGroup(request: RemotingCommand): RemotingCommand {
    const { group } = decodeHeader(groupRequest, request.extFields);
    return succeedWith({ topicList: this.tables.offsets.topicsOf(group) });
  }

  subscription(request: RemotingCommand): RemotingCommand {
    const { group, topic } = decodeHeader(topicAndGroupRequest, request.extFields);
    const subscriptionData = this.tables.consumers.get(group)?.subscriptions.get(topic);
    return succeedWith({ group, subscriptionData, topic });
  }

  /** How far each member is, as it says itself; those that don't answer are left out. */
  async consumerStatus(request: RemotingCommand): Promise<RemotingCommand> {
    const { topic, group, clientAddr } = decodeHeader(consumerStatusRequest, request.extFields);
    const clients = [...(this.tables.consumers.get(group)?.clients.values() ?? [])];
    if (clients.length === 0) {
      return refuse(ResponseCode.SYSTEM_ERROR, `No Any Consumer online in the consumer group: [${group}]`);
    }
    const asked = clients.filter(({ clientId }) => isBlank(clientAddr) || clientId === clientAddr);
    const tables = await Promise.all(asked.map((client) => this.statusOf(client, topic, group)));
    const known = asked.flatMap(({ clientId }, index) => {
      const table = tables[index];
      return table === undefined ? [] : [[clientId, table] as const];
    });
    return succeedWith({ consumerTable: Object.fromEntries(known), messageQueueTable: {} });
  }

  runningInfo(request: RemotingCommand): Promise<RemotingCommand> {
    const { consumerGroup, clientId } = decodeHeader(consumerRunningInfoRequest, request.extFields);
    return this.passOn(request, consumerGroup, clientId, request.body);
  }

  async consumeDirectly(request: RemotingCommand, channel: Channel): Promise<RemotingCommand> {
    const { consumerGroup, clientId, msgId } = decodeHeader(consumeDirectlyRequest, request.extFields);
    const record = await this.recordOf(msgId ?? '');
    const body = record && (await this.store.getByPhysicalOffset(record.physicalOffset));
    if (record === undefined || body === undefined)
      return refuse(ResponseCode.SYSTEM_ERROR, `can not find message by the id, ${msgId ?? ''}`);
    const refusal = this.guard.topicRefusal(request, channel, record.topic, 'Sub'); // whatever topic it names
    if (refusal !== undefined) return refusal;
    const extFields = { ...request.extFields, brokerName: this.brokerName };
    return this.passOn({ ...request, extFields }, consumerGroup, clientId, body);
  }

  private async statusOf(
    { channel }: ClientInfo,
    topic: string,
    group: string,
  ): Promise<Map<MessageQueue, number> | undefined> {
    const extFields = encodeHeader(consumerStatusRequest, { topic, group });
    try {
      const question = newRequest(RequestCode.GET_CONSUMER_STATUS_FROM_CLIENT, { extFields });
      const { code, body } = await channel.invoke(question, STATUS_TIMEOUT_MS);
      if (code !== ResponseCode.SUCCESS || body === undefined) return undefined;
      const offsets = decodeQueueOffsets('messageQueueTable', body);
      return new Map(offsets.map(({ queue, offset }) => [queueKey(queue), offset]));
    } catch (error) {
      if (error instanceof RocketMqError) return undefined; // gone, silent, or it speaks rubbish
      throw error;
    }
  }

  private async recordOf(offsetMessageId: string): Promise<MessageRecord | undefined> {
    try {
      const { physicalOffset } = decodeOffsetMessageId(offsetMessageId);
      return await lookUpRecord(this.store, physicalOffset);
    } catch (error) {
      if (error instanceof ProtocolError) return undefined; // no id at all
      throw error;
    }
  }

  private async passOn(
    { code, extFields }: RemotingCommand,
    group: string,
    clientId: string | undefined,
    body: Buffer | undefined,
  ): Promise<RemotingCommand> {
    const client = clientId === undefined ? undefined : this.tables.consumers.findClient(group, clientId);
    if (client === undefined) {
      return refuse(ResponseCode.SYSTEM_ERROR, `The Consumer <${group}> <${clientId ?? ''}> not online`);
    }
    if (client.version < VERSION_THAT_ANSWERS) {
      return refuse(
        ResponseCode.SYSTEM_ERROR,
        `The Consumer <${client.clientId}> Version <${client.version}> too low to finish, please upgrade it to V3_1_8_SNAPSHOT`,
      );
    }
    try {
      return await client.channel.invoke(newRequest(code, { extFields, body }), CALL_CLIENT_TIMEOUT_MS);
    } catch (error) {
      const isTimeout = error instanceof RequestTimeoutError;
      const reason = error instanceof Error ? error.message : String(error);
      return isTimeout
        ? refuse(ResponseCode.CONSUME_MSG_TIMEOUT, `consumer <${group}> <${client.clientId}> Timeout: ${reason}`)
        : refuse(ResponseCode.SYSTEM_ERROR, `invoke consumer <${group}> <${client.clientId}> Exception: ${reason}`);
    }
  }
}

function isBlank(text: string | undefined): boolean {
  return text === undefined || text.trim() === '';
}

function connectionOf({ channel, clientId, language, version }: ClientInfo): object {
  return { clientAddr: channel.remoteAddress, clientId, language, version };
}

/** Java's text of an address begins with a slash. */
function producerInfoOf({ channel, clientId, language, version, lastUpdateTimestamp }: ClientInfo): object {
  return { clientId, language, lastUpdateTimestamp, remoteIP: `/${channel.remoteAddress}`, version };
}
