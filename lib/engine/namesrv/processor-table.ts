import { RequestCode } from '../protocol/request-code.js';
import type { Channel, ProcessorTable, RequestProcessor } from '../remoting/channel.js';
import type { BrokerRegistryProcessor } from './processors/broker-registry.processor.js';
import type { KvConfigProcessor } from './processors/kv-config.processor.js';
import type { NameServerConfigProcessor } from './processors/name-server-config.processor.js';
import type { RouteInfoProcessor } from './processors/route-info.processor.js';
import type { TopicRegistryProcessor } from './processors/topic-registry.processor.js';

export interface Processors {
  brokers: BrokerRegistryProcessor;
  routes: RouteInfoProcessor;
  topics: TopicRegistryProcessor;
  kvConfig: KvConfigProcessor;
  config: NameServerConfigProcessor;
  /** The number of a connection, in the order in which they were opened. */
  connectionOf: (channel: Channel) => number;
}

/** What a name server answers, a line for each request. */
export function createProcessorTable(of: Processors): ProcessorTable {
  return new Map<number, RequestProcessor>([
    [RequestCode.REGISTER_BROKER, (request, channel) => of.brokers.register(request, of.connectionOf(channel))],
    [RequestCode.UNREGISTER_BROKER, (request, channel) => of.brokers.unregister(request, of.connectionOf(channel))],
    [RequestCode.BROKER_HEARTBEAT, (request, channel) => of.brokers.heartbeat(request, of.connectionOf(channel))],
    [
      RequestCode.QUERY_DATA_VERSION,
      (request, channel) => of.brokers.queryDataVersion(request, of.connectionOf(channel)),
    ],

    [RequestCode.GET_ROUTEINFO_BY_TOPIC, (request) => of.routes.routeOfTopic(request)],
    [RequestCode.GET_BROKER_CLUSTER_INFO, () => of.routes.clusterInfo()],
    [RequestCode.GET_BROKER_MEMBER_GROUP, (request) => of.routes.brokerMemberGroup(request)],

    [RequestCode.GET_ALL_TOPIC_LIST_FROM_NAMESERVER, () => of.topics.all()],
    [RequestCode.GET_TOPICS_BY_CLUSTER, (request) => of.topics.ofCluster(request)],
    [RequestCode.GET_SYSTEM_TOPIC_LIST_FROM_NS, () => of.topics.ofSystem()],
    [RequestCode.GET_UNIT_TOPIC_LIST, () => of.topics.ofUnits()],
    [RequestCode.GET_HAS_UNIT_SUB_TOPIC_LIST, () => of.topics.withUnitSubscription()],
    [RequestCode.GET_HAS_UNIT_SUB_UNUNIT_TOPIC_LIST, () => of.topics.withUnitSubscriptionOnly()],
    [RequestCode.REGISTER_TOPIC_IN_NAMESRV, (request) => of.topics.register(request)],
    [RequestCode.DELETE_TOPIC_IN_NAMESRV, (request) => of.topics.delete(request)],
    [RequestCode.WIPE_WRITE_PERM_OF_BROKER, (request) => of.topics.wipeWritePermission(request)],
    [RequestCode.ADD_WRITE_PERM_OF_BROKER, (request) => of.topics.addWritePermission(request)],

    [RequestCode.PUT_KV_CONFIG, (request) => of.kvConfig.put(request)],
    [RequestCode.GET_KV_CONFIG, (request) => of.kvConfig.get(request)],
    [RequestCode.DELETE_KV_CONFIG, (request) => of.kvConfig.delete(request)],
    [RequestCode.GET_KVLIST_BY_NAMESPACE, (request) => of.kvConfig.list(request)],

    [RequestCode.UPDATE_NAMESRV_CONFIG, (request) => of.config.update(request)],
    [RequestCode.GET_NAMESRV_CONFIG, () => of.config.get()],
  ]);
}
