import { bool, text, type HeaderOf } from '../field-table.js';

/** GET_SUBSCRIPTIONGROUP_CONFIG (352). */
export const groupRequest = { group: text.required() };
export type GroupRequest = HeaderOf<typeof groupRequest>;

/** DELETE_SUBSCRIPTIONGROUP (207). */
export const deleteGroupRequest = { groupName: text.required(), cleanOffset: bool.optional() };
export type DeleteGroupRequest = HeaderOf<typeof deleteGroupRequest>;

/** UPDATE_AND_GET_GROUP_FORBIDDEN (353). */
export const groupForbiddenRequest = {
  group: text.required(),
  topic: text.required(),
  readable: bool.optional(),
};
export type GroupForbiddenRequest = HeaderOf<typeof groupForbiddenRequest>;
