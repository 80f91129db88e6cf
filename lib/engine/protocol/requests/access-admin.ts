import { text } from '../field-table.js';

/** AUTH_CREATE_USER (3001), AUTH_UPDATE_USER (3002), AUTH_DELETE_USER (3003), AUTH_GET_USER (3004). */
export const userRequest = { username: text.required() };

/** AUTH_LIST_USER (3005). */
export const listUsersRequest = { filter: text.optional() };

/** AUTH_CREATE_ACL (3006), AUTH_UPDATE_ACL (3007), AUTH_GET_ACL (3009). */
export const aclRequest = { subject: text.required() };

/** AUTH_DELETE_ACL (3008). */
export const deleteAclRequest = { ...aclRequest, policyType: text.optional(), resource: text.optional() };

/** AUTH_LIST_ACL (3010). */
export const listAclsRequest = { subjectFilter: text.optional(), resourceFilter: text.optional() };
