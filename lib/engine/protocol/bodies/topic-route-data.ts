/** Answer of GET_ROUTEINFO_BY_TOPIC. Source: Apache 5.3 TopicRouteData. */
export interface TopicRouteData {
  orderTopicConf?: string;
  queueDatas: QueueData[];
  brokerDatas: BrokerData[];
  filterServerTable: Record<string, string[]>;
}

/** How many queues of a topic a set of brokers has, and what may be done with them. */
export interface QueueData {
  brokerName: string;
  readQueueNums: number;
  writeQueueNums: number;
  /** Bits of Permission. */
  perm: number;
  topicSysFlag: number;
}

/** A set of brokers of one name: the master and its slaves, each with its address by broker id. */
export interface BrokerData {
  cluster: string;
  brokerName: string;
  /** Broker id (0: master) to address. */
  brokerAddrs: Record<string, string>;
  zoneName?: string;
  enableActingMaster?: boolean;
}

/** Source: Apache 5.3 PermName. */
export const Permission = { inherit: 1, write: 2, read: 4, priority: 8 } as const;

/** The id of a set's master. */
export const MASTER_ID = 0;
