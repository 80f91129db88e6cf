import { int, text, type HeaderOf } from '../field-table.js';

/** WIPE_WRITE_PERM_OF_BROKER (205), ADD_WRITE_PERM_OF_BROKER (327). */
export const writePermissionRequest = { brokerName: text.required() };
export type WritePermissionRequest = HeaderOf<typeof writePermissionRequest>;
/** Answer of 205. */
export const wipeWritePermissionResponse = { wipeTopicCount: int.required() };
/** Answer of 327. */
export const addWritePermissionResponse = { addTopicCount: int.required() };

/** GET_TOPICS_BY_CLUSTER (224). */
export const topicsOfClusterRequest = { cluster: text.required() };
export type TopicsOfClusterRequest = HeaderOf<typeof topicsOfClusterRequest>;

/** GET_BROKER_MEMBER_GROUP (901). */
export const brokerMemberGroupRequest = { clusterName: text.required(), brokerName: text.required() };
export type BrokerMemberGroupRequest = HeaderOf<typeof brokerMemberGroupRequest>;

/** DELETE_TOPIC_IN_NAMESRV (216), REGISTER_TOPIC_IN_NAMESRV (217). */
export const nameServerTopicRequest = { topic: text.required(), clusterName: text.optional() };
export type NameServerTopicRequest = HeaderOf<typeof nameServerTopicRequest>;
