import { bool, text, type HeaderOf } from '../field-table.js';

/** GET_ROUTEINFO_BY_TOPIC (105). */
export const routeInfoRequest = {
  topic: text.required(),
  /** The answer's integer keys are to be quoted, as JSON demands. */
  acceptStandardJsonOnly: bool.optional(),
  /** Only brokers of the client's own zone are wanted. */
  zoneMode: bool.optional('__ZONE_MODE'),
  zoneName: text.optional('__ZONE_NAME'),
};

export type RouteInfoRequest = HeaderOf<typeof routeInfoRequest>;
