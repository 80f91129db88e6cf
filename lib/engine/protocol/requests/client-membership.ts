import { bool, text, type HeaderOf } from '../field-table.js';

/** Answer of HEART_BEAT (34). */
export const heartbeatResponse = {
  supportsHeartbeatV2: bool.optional('IS_SUPPORT_HEART_BEAT_V2'),
  isSubscriptionChanged: bool.optional('IS_SUB_CHANGE'),
};

/** UNREGISTER_CLIENT (35). */
export const unregisterClientRequest = {
  clientID: text.required(),
  producerGroup: text.optional(),
  consumerGroup: text.optional(),
};
export type UnregisterClientRequest = HeaderOf<typeof unregisterClientRequest>;

/** GET_CONSUMER_LIST_BY_GROUP (38) and NOTIFY_CONSUMER_IDS_CHANGED (40). */
export const consumerGroupRequest = { consumerGroup: text.required(), brokerName: text.optional('bname') };
export type ConsumerGroupRequest = HeaderOf<typeof consumerGroupRequest>;
