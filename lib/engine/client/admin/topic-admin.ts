import { ConfigurationError, TopicNotFoundError } from '../../common/errors.js';
import { arrayOf, objectOf, textOf } from '../../common/json-fields.js';
import { compareMessageQueues, type MessageQueue } from '../../message/message-queue.js';
import { SystemTopic, topicNameProblem } from '../../message/topic-names.js';
import { readTopicStatistics, type TopicStatistics } from '../../protocol/bodies/statistics.js';
import { readTopicConfig, type TopicConfig } from '../../protocol/bodies/topic-config.js';
import { Permission, type TopicRouteData } from '../../protocol/bodies/topic-route-data.js';
import { encodeHeader } from '../../protocol/field-table.js';
import { request } from '../../protocol/remoting-command.js';
import { RequestCode } from '../../protocol/request-code.js';
import { nameServerTopicRequest, topicsOfClusterRequest } from '../../protocol/requests/name-server-admin.js';
import { createTopicRequest, topicRequest } from '../../protocol/requests/topic-admin.js';
import { averagely } from '../consumer/allocate/averagely.js';
import { jsonBody, toJson, type AdminRequests, type BrokerTarget } from './admin-requests.js';

export interface TopicSettings extends BrokerTarget {
  /** Per broker. Default 8. */
  readQueueNums?: number;
  /** Per broker. Default 8. */
  writeQueueNums?: number;
  /** Bits of Permission. Default 6: read and write. */
  perm?: number;
  /** Whether producers keep to the queues that are configured for the topic. Default false. */
  order?: boolean;
  /** Bits: 1 unit topic, 2 has a unit subscription. Default 0. */
  topicSysFlag?: number;
  /** `+key=value,-key`. */
  attributes?: string;
}

const ALL_TOPICS_TIMEOUT_MS = 5000;

/** Looks after topics. Source: Apache 5.3 DefaultMQAdminExt. */
export class TopicAdmin {
  constructor(private readonly requests: AdminRequests) {}

  /** Creates a topic or changes its settings. @throws ConfigurationError, BrokerResponseError */
  async create(topic: string, settings: TopicSettings = {}): Promise<void> {
    const problem = topicNameProblem(topic);
    if (problem !== undefined) throw new ConfigurationError('topic', problem);
    const extFields = encodeHeader(createTopicRequest, {
      topic,
      defaultTopic: SystemTopic.autoCreate,
      readQueueNums: settings.readQueueNums ?? 8,
      writeQueueNums: settings.writeQueueNums ?? 8,
      perm: settings.perm ?? Permission.read + Permission.write,
      topicFilterType: 'SINGLE_TAG',
      topicSysFlag: settings.topicSysFlag ?? 0,
      order: settings.order ?? false,
      attributes: settings.attributes,
    });
    await this.requests.tell(settings, RequestCode.UPDATE_AND_CREATE_TOPIC, { extFields });
    await this.requests.route(topic);
  }

  /** Many at once; either all names are allowed or none is created. */
  async createAll(topics: readonly TopicConfig[], target: BrokerTarget = {}): Promise<void> {
    const body = toJson({ topicConfigList: topics });
    await this.requests.tell(target, RequestCode.UPDATE_AND_CREATE_TOPIC_LIST, { body });
  }

  /** From all brokers (of a cluster) and name servers. Its messages are gone. */
  async delete(topic: string, { cluster }: Pick<BrokerTarget, 'cluster'> = {}): Promise<void> {
    const onBroker = { extFields: encodeHeader(topicRequest, { topic }) };
    await this.requests.tell({ cluster }, RequestCode.DELETE_TOPIC_IN_BROKER, onBroker);
    const extFields = encodeHeader(nameServerTopicRequest, { topic, clusterName: cluster });
    await this.requests.nameServers.invokeAll(request(RequestCode.DELETE_TOPIC_IN_NAMESRV, { extFields }));
  }

  /** All names, those of the system included. */
  names(): Promise<string[]> {
    return this.requests.nameServers.topics();
  }

  async namesOfCluster(cluster: string): Promise<string[]> {
    const extFields = encodeHeader(topicsOfClusterRequest, { cluster });
    const response = await this.requests.askNameServer(RequestCode.GET_TOPICS_BY_CLUSTER, { extFields });
    return textList(jsonBody(response).topicList, 'topicList');
  }

  /** The queues that can be read, sorted. @throws TopicNotFoundError */
  async queues(topic: string): Promise<MessageQueue[]> {
    const route = await this.requests.route(topic);
    if (!route || route.isProvisional) throw new TopicNotFoundError(topic, 'create it first');
    return [...route.subscribeQueues].sort(compareMessageQueues);
  }

  /** The queues that each of these clients would get by AVG, the usual strategy. @throws TopicNotFoundError */
  async allocation(topic: string, clientIds: readonly string[]): Promise<Map<string, MessageQueue[]>> {
    const queues = await this.queues(topic);
    return new Map(clientIds.map((clientId) => [clientId, [...averagely.allocate(clientId, queues, clientIds)]]));
  }

  /** As the name servers have it. @throws TopicNotFoundError */
  async route(topic: string): Promise<TopicRouteData> {
    const route = await this.requests.nameServers.topicRoute(topic);
    if (!route) throw new TopicNotFoundError(topic, 'create it first');
    return route;
  }

  /** Names of the clusters that have it. @throws TopicNotFoundError */
  async clusters(topic: string): Promise<string[]> {
    const { brokerDatas } = await this.route(topic);
    return [...new Set(brokerDatas.map(({ cluster }) => cluster))].sort();
  }

  /** As one broker has it. @throws BrokerResponseError when it has no such topic */
  async config(topic: string, address: string): Promise<TopicConfig> {
    const extFields = encodeHeader(topicRequest, { topic });
    return readTopicConfig(await this.requests.askJson(address, RequestCode.GET_TOPIC_CONFIG, { extFields }));
  }

  /** All of one broker. */
  async configs(address: string): Promise<TopicConfig[]> {
    const body = await this.requests.askJson(address, RequestCode.GET_ALL_TOPIC_CONFIG, {}, ALL_TOPICS_TIMEOUT_MS);
    return Object.values(objectOf(body.topicConfigTable, 'topicConfigTable')).map(readTopicConfig);
  }

  /** Names that one broker keeps for itself. */
  async systemNames(address: string): Promise<string[]> {
    const body = await this.requests.askJson(address, RequestCode.GET_SYSTEM_TOPIC_LIST_FROM_BROKER);
    return textList(body.topicList, 'topicList');
  }

  /** What is in its queues, on all its brokers; sorted. @throws TopicNotFoundError */
  async statistics(topic: string): Promise<TopicStatistics> {
    const brokers = await this.requests.brokersOfTopic(topic);
    const extFields = encodeHeader(topicRequest, { topic });
    const all = await Promise.all(
      brokers.map(async ({ address }) =>
        readTopicStatistics(await this.requests.askJson(address, RequestCode.GET_TOPIC_STATS_INFO, { extFields })),
      ),
    );
    return {
      queues: all.flatMap(({ queues }) => queues).sort((a, b) => compareMessageQueues(a.queue, b.queue)),
      topicPutTps: all.reduce((sum, { topicPutTps }) => sum + topicPutTps, 0),
    };
  }

  /** Groups that consume it, or have. @throws TopicNotFoundError */
  async groups(topic: string): Promise<string[]> {
    const brokers = await this.requests.brokersOfTopic(topic);
    const extFields = encodeHeader(topicRequest, { topic });
    const lists = await Promise.all(
      brokers.map(async ({ address }) => {
        const body = await this.requests.askJson(address, RequestCode.QUERY_TOPIC_CONSUME_BY_WHO, { extFields });
        return textList(body.groupList, 'groupList');
      }),
    );
    return [...new Set(lists.flat())].sort();
  }
}

function textList(value: Parameters<typeof arrayOf>[0], name: string): string[] {
  return arrayOf(value, name).map((item) => textOf(item, name));
}
