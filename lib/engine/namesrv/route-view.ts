import { MASTER_ID, Permission, type BrokerData, type TopicRouteData } from '../protocol/bodies/topic-route-data.js';

/**
 * A set without master whose broker may act as one shows its smallest id as the master, once the
 * topic takes no more messages there: what only a master is asked can then still be asked.
 * Source: Apache 5.3 RouteInfoManager#pickupTopicRouteData.
 */
export function withActingMasters(route: TopicRouteData): TopicRouteData {
  const readOnly = new Set(
    route.queueDatas.filter(({ perm }) => (perm & Permission.write) === 0).map(({ brokerName }) => brokerName),
  );
  const brokerDatas = route.brokerDatas.map((data) =>
    data.enableActingMaster === true && readOnly.has(data.brokerName) ? withActingMaster(data) : data,
  );
  return { ...route, brokerDatas };
}

/**
 * Only the brokers of one zone, and those of others that have lost their master: better a slave far
 * away than none.
 * Source: Apache 5.3 ZoneRouteRPCHook.
 */
export function withinZone(route: TopicRouteData, zoneName: string): TopicRouteData {
  const brokerDatas = route.brokerDatas.filter(
    (data) => !hasMaster(data) || data.zoneName?.toLowerCase() === zoneName.toLowerCase(),
  );
  const outside = new Set(
    route.brokerDatas.filter((data) => !brokerDatas.includes(data)).map(({ brokerName }) => brokerName),
  );
  return { ...route, brokerDatas, queueDatas: route.queueDatas.filter(({ brokerName }) => !outside.has(brokerName)) };
}

function withActingMaster(data: BrokerData): BrokerData {
  const ids = Object.keys(data.brokerAddrs).map(Number);
  if (ids.length === 0 || hasMaster(data)) return data;
  const { [String(Math.min(...ids))]: acting, ...others } = data.brokerAddrs;
  return { ...data, brokerAddrs: { [MASTER_ID]: acting, ...others } };
}

function hasMaster({ brokerAddrs }: BrokerData): boolean {
  return String(MASTER_ID) in brokerAddrs;
}
