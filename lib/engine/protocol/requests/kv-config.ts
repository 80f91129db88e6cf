import { text, type HeaderOf } from '../field-table.js';

/** PUT_KV_CONFIG (100). */
export const putKvConfigRequest = { namespace: text.required(), key: text.required(), value: text.required() };
export type PutKvConfigRequest = HeaderOf<typeof putKvConfigRequest>;

/** GET_KV_CONFIG (101), DELETE_KV_CONFIG (102). */
export const kvConfigRequest = { namespace: text.required(), key: text.required() };
export type KvConfigRequest = HeaderOf<typeof kvConfigRequest>;
/** Answer of 101. */
export const kvConfigResponse = { value: text.optional() };

/** GET_KVLIST_BY_NAMESPACE (219). */
export const kvListRequest = { namespace: text.required() };
export type KvListRequest = HeaderOf<typeof kvListRequest>;
