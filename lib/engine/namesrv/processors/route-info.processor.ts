import type { Clock } from '../../ports/clock.js';
import { refuse, succeedWith } from '../../protocol/answers.js';
import type { TopicRouteData } from '../../protocol/bodies/topic-route-data.js';
import { encodeTopicRoute, rawBrokerData } from '../../protocol/bodies/topic-route-json.js';
import { decodeHeader } from '../../protocol/field-table.js';
import { response, type RemotingCommand } from '../../protocol/remoting-command.js';
import { brokerMemberGroupRequest } from '../../protocol/requests/name-server-admin.js';
import { routeInfoRequest } from '../../protocol/requests/route-info.js';
import { ResponseCode } from '../../protocol/response-code.js';
import { ORDER_TOPIC_CONFIG, type KvConfig } from '../kv-config.js';
import type { NameServerOptions } from '../name-server-options.js';
import type { RouteTable } from '../route-table.js';
import { withActingMasters, withinZone } from '../route-view.js';

/** MQVersion of 4.9.4: clients since then read standard JSON. */
const STANDARD_JSON_SINCE_VERSION = 401;

/** These topics tell brokers of a set about each other; they are shown as they are. Source: Apache 5.3 TopicValidator. */
const SYNC_BROKER_MEMBER_GROUP_PREFIX = 'rmq_sys_SYNC_BROKER_MEMBER_';

/**
 * GET_ROUTEINFO_BY_TOPIC (105), GET_BROKER_CLUSTER_INFO (106), GET_BROKER_MEMBER_GROUP (901).
 * Source: Apache 5.3 ClientRequestProcessor, namesrv DefaultRequestProcessor.
 */
export class RouteInfoProcessor {
  private readonly startedAt: number;

  constructor(
    private readonly routes: RouteTable,
    private readonly kvConfig: KvConfig,
    private readonly options: Pick<
      NameServerOptions,
      'needWaitForService' | 'orderMessageEnable' | 'supportActingMaster' | 'waitSecondsForService'
    >,
    private readonly clock: Clock,
  ) {
    this.startedAt = clock.monotonic();
  }

  routeOfTopic(request: RemotingCommand): RemotingCommand {
    if (this.options.needWaitForService && !this.isReady()) {
      return refuse(ResponseCode.SYSTEM_ERROR, 'name server not ready');
    }
    const { topic, acceptStandardJsonOnly, zoneMode, zoneName } = decodeHeader(routeInfoRequest, request.extFields);
    const route = this.routes.route(topic);
    if (route === undefined) {
      return refuse(ResponseCode.TOPIC_NOT_EXIST, `No topic route info in name server for the topic: ${topic}`);
    }
    let view = this.withOrder(topic, route);
    if (this.options.supportActingMaster && !topic.startsWith(SYNC_BROKER_MEMBER_GROUP_PREFIX)) {
      view = withActingMasters(view);
    }
    if (zoneMode === true && zoneName !== undefined && zoneName.trim() !== '') view = withinZone(view, zoneName);
    const isStandard = acceptStandardJsonOnly === true || request.version >= STANDARD_JSON_SINCE_VERSION;
    return response(ResponseCode.SUCCESS, { body: encodeTopicRoute(view, isStandard ? 'standard' : 'raw') });
  }

  clusterInfo(): RemotingCommand {
    const brokers = this.routes.allBrokers().map((data) => [data.brokerName, rawBrokerData(data)] as const);
    const clusters = Array.from(this.routes.clusters(), ([cluster, names]) => [cluster, [...names]] as const);
    return succeedWith({ brokerAddrTable: new Map(brokers), clusterAddrTable: new Map(clusters) });
  }

  brokerMemberGroup(request: RemotingCommand): RemotingCommand {
    const { clusterName, brokerName } = decodeHeader(brokerMemberGroupRequest, request.extFields);
    const addresses = Object.entries(this.routes.brokerData(brokerName)?.brokerAddrs ?? {});
    const brokerAddrs = new Map(addresses.map(([id, address]) => [Number(id), address]));
    return succeedWith({ brokerMemberGroup: { brokerAddrs, brokerName, cluster: clusterName } });
  }

  private isReady(): boolean {
    return this.clock.monotonic() - this.startedAt >= this.options.waitSecondsForService * 1000;
  }

  private withOrder(topic: string, route: TopicRouteData): TopicRouteData {
    if (!this.options.orderMessageEnable) return route;
    return { ...route, orderTopicConf: this.kvConfig.get(ORDER_TOPIC_CONFIG, topic) };
  }
}
