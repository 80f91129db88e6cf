import { bool, int, long, text, type HeaderOf } from '../field-table.js';

/** REGISTER_BROKER (103). */
export const registerBrokerRequest = {
  brokerName: text.required(),
  brokerAddr: text.required(),
  clusterName: text.required(),
  haServerAddr: text.required(),
  brokerId: long.required(),
  heartbeatTimeoutMillis: long.optional(),
  enableActingMaster: bool.optional(),
  compressed: bool.optional(),
  /** crc32 of the body as sent; 0 or absent: not checked. */
  bodyCrc32: int.optional(),
  zoneName: text.optional('__ZONE_NAME'),
};
export type RegisterBrokerRequest = HeaderOf<typeof registerBrokerRequest>;

export const registerBrokerResponse = { haServerAddr: text.optional(), masterAddr: text.optional() };

/** UNREGISTER_BROKER (104). */
export const unregisterBrokerRequest = {
  brokerName: text.required(),
  brokerAddr: text.required(),
  clusterName: text.required(),
  brokerId: long.required(),
};
export type UnregisterBrokerRequest = HeaderOf<typeof unregisterBrokerRequest>;

/** QUERY_DATA_VERSION (322): also keeps the broker alive. */
export const queryDataVersionRequest = unregisterBrokerRequest;
export const queryDataVersionResponse = { changed: bool.required() };

/** BROKER_HEARTBEAT (904). */
export const brokerHeartbeatRequest = {
  clusterName: text.required(),
  brokerAddr: text.required(),
  brokerName: text.required(),
  brokerId: long.optional(),
  heartbeatTimeoutMills: long.optional(),
};
export type BrokerHeartbeatRequest = HeaderOf<typeof brokerHeartbeatRequest>;
