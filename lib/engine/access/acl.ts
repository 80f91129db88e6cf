import type { FastjsonObject, FastjsonValue } from '../common/fastjson.js';
import { arrayOf, objectOf, textOf } from '../common/json-fields.js';
import { parseAction, type Action } from './action.js';
import { includes, nearness, parseResource, resourceKey, type Resource } from './resource.js';
import { isInside, parseNetwork, type AddressRange } from './source-address.js';

export type Decision = 'Allow' | 'Deny';
export type PolicyType = 'Custom' | 'Default';

/** One rule: who it is for does these things to this resource, from these addresses. Source: Apache 5.3 PolicyEntry. */
export interface PolicyEntry {
  readonly resource: Resource;
  readonly actions: readonly Action[];
  /** Addresses and networks; empty: any. */
  readonly sourceIps: readonly string[];
  readonly decision: Decision;
}

/** The rules of one user. Those of Default count where none of Custom does. Source: Apache 5.3 Acl. */
export type Acl = ReadonlyMap<PolicyType, readonly PolicyEntry[]>;

/** A rule that no request may bring: what is wrong with it. */
export class InvalidAclError extends Error {}

/**
 * What the rules say of one of these actions on a resource; undefined: nothing.
 * Of several rules the nearest counts: a name before a beginning, a longer beginning before a
 * shorter one, any of both before all; of two that are as near, the one that denies. Apache 5.3
 * means the same, and sorts by a comparison that contradicts itself (AclAuthorizationHandler#comparePolicyEntries).
 */
export function decide(acl: Acl, asked: Resource, anyOf: readonly Action[], sourceIp: string): Decision | undefined {
  for (const type of ['Custom', 'Default'] as const) {
    const matching = (acl.get(type) ?? []).filter(
      (entry) =>
        includes(entry.resource, asked) &&
        entry.actions.some((action) => action === 'All' || anyOf.includes(action)) &&
        isFrom(sourceIp, entry.sourceIps),
    );
    const nearest = Math.max(...matching.map((entry) => nearness(entry.resource)));
    const counting = matching.filter((entry) => nearness(entry.resource) === nearest);
    if (counting.length > 0) return counting.some(({ decision }) => decision === 'Deny') ? 'Deny' : 'Allow';
  }
  return undefined;
}

/** The rules with others added; one for a resource that has a rule takes its place. */
export function merged(acl: Acl, added: Acl): Acl {
  const result = new Map(acl);
  for (const [type, entries] of added) {
    const byResource = new Map((result.get(type) ?? []).map((entry) => [resourceKey(entry.resource), entry]));
    for (const entry of entries) byResource.set(resourceKey(entry.resource), entry);
    result.set(type, [...byResource.values()]);
  }
  return result;
}

/** The rules without that for one resource. */
export function without(acl: Acl, type: PolicyType, resource: Resource): Acl {
  const result = new Map(acl);
  const left = (acl.get(type) ?? []).filter((entry) => resourceKey(entry.resource) !== resourceKey(resource));
  if (left.length > 0) result.set(type, left);
  else result.delete(type);
  return result;
}

/** Reads the policies of an AclInfo. @throws ProtocolError a wrong kind; InvalidAclError a rule that means nothing */
export function readPolicies(policies: FastjsonValue | undefined): Acl {
  const acl = new Map<PolicyType, readonly PolicyEntry[]>();
  for (const value of arrayOf(policies, 'policies')) {
    const policy = objectOf(value, 'policy');
    const type = textOf(policy.policyType, 'policyType', '').toLowerCase() === 'default' ? 'Default' : 'Custom';
    const entries = arrayOf(policy.entries, 'entries').map((entry) => readEntry(objectOf(entry, 'entry')));
    if (entries.length > 0) acl.set(type, [...(acl.get(type) ?? []), ...entries]);
  }
  if (acl.size === 0) throw new InvalidAclError('The policies is empty.');
  return acl;
}

/** In the shape of Apache's AclInfo. */
export function writePolicies(acl: Acl): object[] {
  return Array.from(acl, ([policyType, entries]) => ({
    entries: entries.map(({ resource, actions, sourceIps, decision }) => ({
      actions,
      decision,
      resource: resourceKey(resource),
      sourceIps: sourceIps.length > 0 ? sourceIps : undefined,
    })),
    policyType,
  }));
}

/** Its texts are those of Apache 5.3 AuthorizationMetadataManagerImpl#validate. */
function readEntry(entry: FastjsonObject): PolicyEntry {
  const texts = (name: string): string[] => arrayOf(entry[name], name).map((text) => textOf(text, name));
  const resource = parseResource(textOf(entry.resource, 'resource', ''));
  if (resource === undefined) throw new InvalidAclError('The resource is null.');
  const actions = texts('actions').map(parseAction);
  const known = actions.filter((action) => action !== undefined);
  if (known.length === 0) throw new InvalidAclError('The actions is empty.');
  const sourceIps = texts('sourceIps');
  if (sourceIps.some((ip) => parseNetwork(ip) === undefined)) throw new InvalidAclError('The source ip is invalid.');
  const decision = (['Allow', 'Deny'] as const).find(
    (name) => name.toLowerCase() === textOf(entry.decision, 'decision', '').toLowerCase(),
  );
  if (decision === undefined) throw new InvalidAclError('The decision is null or illegal.');
  return { resource, actions: known, sourceIps, decision };
}

function isFrom(host: string, sourceIps: readonly string[]): boolean {
  return sourceIps.length === 0 || sourceIps.some((ip) => isInside(host, parseNetwork(ip) as AddressRange));
}
