import { parseFastjson } from '../../common/fastjson.js';
import { objectOf } from '../../common/json-fields.js';
import type { TopicGuard } from '../../access/topic-guard.js';
import { MAX_GROUP_LENGTH, retryTopic } from '../../message/topic-names.js';
import {
  decodeHeartbeatData,
  readSubscriptionData,
  type ConsumerData,
  type HeartbeatData,
} from '../../protocol/bodies/heartbeat-data.js';
import { decodeHeader, encodeHeader } from '../../protocol/field-table.js';
import type { RemotingCommand } from '../../protocol/remoting-command.js';
import {
  consumerGroupRequest,
  heartbeatResponse,
  unregisterClientRequest,
} from '../../protocol/requests/client-membership.js';
import { ResponseCode } from '../../protocol/response-code.js';
import type { Clock } from '../../ports/clock.js';
import type { Channel } from '../../remoting/channel.js';
import { refuse, succeed, succeedWith } from '../../protocol/answers.js';
import type { BrokerOptions } from '../broker-options.js';
import { FilterSyntaxError } from '../filter/filter-syntax-error.js';
import { compileSql92 } from '../filter/sql92.js';
import type { ClientInfo } from '../tables/client-info.js';
import type { Tables } from '../tables/tables.js';

const UNIT_SUB = 2;

/**
 * HEART_BEAT (34), UNREGISTER_CLIENT (35), GET_CONSUMER_LIST_BY_GROUP (38), CHECK_CLIENT_CONFIG (46).
 * Source: Apache 5.3 ClientManageProcessor, ConsumerManageProcessor.
 */
export class HeartbeatProcessor {
  /** Of each group, what its last heartbeat said to have hashed its subscriptions to. */
  private readonly fingerprints = new Map<string, number>();

  constructor(
    private readonly options: Pick<BrokerOptions, 'enablePropertyFilter' | 'maxSubscriptionsPerHeartbeat'>,
    private readonly tables: Pick<Tables, 'topics' | 'groups' | 'consumers' | 'producers'>,
    private readonly clock: Clock,
    private readonly guard: TopicGuard,
  ) {}

  heartbeat(request: RemotingCommand, channel: Channel): RemotingCommand {
    const data = decodeHeartbeatData(request.body);
    const problem = this.problemOf(data);
    if (problem !== undefined) return refuse(ResponseCode.INVALID_PARAMETER, problem);
    const client: ClientInfo = {
      channel,
      clientId: data.clientID,
      language: request.language,
      version: request.version,
      lastUpdateTimestamp: this.clock.now(),
      heardAt: this.clock.monotonic(),
    };
    const fingerprint = data.heartbeatFingerprint ?? 0;
    let isSubscriptionChanged = fingerprint === 0;
    for (const consumer of data.consumerDataSet) {
      const known = this.fingerprints.get(consumer.groupName);
      if (known !== undefined && known !== fingerprint) isSubscriptionChanged = true;
      this.registerConsumer(consumer, client, fingerprint, data.withoutSub === true && fingerprint !== 0);
    }
    // Each group needs an entry of its own: a connection leaves groups one by one.
    const mayPublish = this.guard.publisher(request, channel);
    for (const { groupName } of data.producerDataSet)
      this.tables.producers.register(groupName, { ...client, mayPublish });
    return succeed(encodeHeader(heartbeatResponse, { supportsHeartbeatV2: true, isSubscriptionChanged }));
  }

  unregister(request: RemotingCommand, channel: Channel): RemotingCommand {
    const { producerGroup, consumerGroup } = decodeHeader(unregisterClientRequest, request.extFields);
    if (producerGroup !== undefined) this.tables.producers.unregister(producerGroup, channel);
    if (consumerGroup !== undefined) {
      const notify = this.tables.groups.get(consumerGroup)?.notifyConsumerIdsChangedEnable ?? true;
      this.tables.consumers.unregister(consumerGroup, channel, notify);
    }
    return succeed();
  }

  consumerList(request: RemotingCommand): RemotingCommand {
    const { consumerGroup } = decodeHeader(consumerGroupRequest, request.extFields);
    const clients = this.tables.consumers.get(consumerGroup)?.clients;
    if (clients === undefined || clients.size === 0) {
      return refuse(ResponseCode.SYSTEM_ERROR, `no consumer for this group, ${consumerGroup}`);
    }
    return succeedWith({ consumerIdList: Array.from(clients.values(), ({ clientId }) => clientId) });
  }

  /** Tells a consumer before it starts whether its expression will do. */
  checkClientConfig(request: RemotingCommand): RemotingCommand {
    const { subscriptionData } = objectOf(parseFastjson(request.body?.toString() ?? ''), 'the client');
    const { expressionType, subString } = readSubscriptionData(subscriptionData);
    if (expressionType === 'TAG') return succeed();
    if (!this.options.enablePropertyFilter) {
      return refuse(
        ResponseCode.SYSTEM_ERROR,
        'The broker does not support consumer to filter message by SQL92; its option is enablePropertyFilter',
      );
    }
    try {
      compileSql92(subString);
      return succeed();
    } catch (error) {
      if (!(error instanceof FilterSyntaxError)) throw error;
      return refuse(ResponseCode.SUBSCRIPTION_PARSE_FAILED, error.message);
    }
  }

  /** What makes a heartbeat more than any client sends; it is kept until its connection closes. */
  private problemOf({ clientID, consumerDataSet, producerDataSet }: HeartbeatData): string | undefined {
    const { maxSubscriptionsPerHeartbeat: limit } = this.options;
    const topics = consumerDataSet.flatMap(({ subscriptionDataSet }) => subscriptionDataSet);
    const count = topics.length + consumerDataSet.length + producerDataSet.length;
    if (count > limit) {
      return `the heartbeat has ${count} subscriptions and groups; at most ${limit} are allowed (maxSubscriptionsPerHeartbeat)`;
    }
    const groups = [...consumerDataSet, ...producerDataSet].map(({ groupName }) => groupName);
    const long = [clientID, ...groups, ...topics.map(({ topic }) => topic)].find(
      (name) => name.length > MAX_GROUP_LENGTH,
    );
    if (long === undefined) return undefined;
    return `'${long.slice(0, 40)}…' has ${long.length} characters; a group, topic or client id has at most ${MAX_GROUP_LENGTH}`;
  }

  private registerConsumer(
    data: ConsumerData,
    client: ClientInfo,
    fingerprint: number,
    withoutSubscriptions: boolean,
  ): void {
    const group = this.tables.groups.find(data.groupName);
    if (group === undefined) return; // Apache says nothing either; its pulls will be refused
    this.fingerprints.set(data.groupName, fingerprint);
    const { subscriptionDataSet, unitMode } = data;
    const order = subscriptionDataSet.some(({ topic }) => this.tables.topics.isOrderTopic(topic));
    const sysFlag = unitMode ? UNIT_SUB : 0;
    this.tables.topics.createIfAbsent(retryTopic(data.groupName), group.retryQueueNums, { sysFlag, order });
    const subscriptions = withoutSubscriptions ? undefined : subscriptionDataSet;
    this.tables.consumers.register(data, { ...client }, subscriptions, group.notifyConsumerIdsChangedEnable);
  }
}
