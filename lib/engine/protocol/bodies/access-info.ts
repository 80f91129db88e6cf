import type { FastjsonValue } from '../../common/fastjson.js';
import { arrayOf, objectOf, textOf } from '../../common/json-fields.js';

/** A user as a broker tells of it. Source: Apache 5.3 UserInfo. */
export interface UserInfo {
  readonly username: string;
  /** `Super` or `Normal`. */
  readonly userType: string;
  /** `enable` or `disable`. */
  readonly userStatus: string;
  /** The secret key: told by Apache's brokers, never by ours. */
  readonly password?: string;
}

/** One rule. Source: Apache 5.3 AclInfo.PolicyEntryInfo. */
export interface AclRule {
  /** `Topic:orders`, `Group:app*`, `Cluster:name` or `*`. */
  readonly resource: string;
  /** `Pub`, `Sub`, `Create`, `Update`, `Delete`, `Get`, `List` or `All`. */
  readonly actions: readonly string[];
  /** Addresses and networks such as `10.0.0.0/8`; none: any. */
  readonly sourceIps?: readonly string[];
  /** `Allow` or `Deny`. */
  readonly decision: string;
}

/** Rules of one kind. Source: Apache 5.3 AclInfo.PolicyInfo. */
export interface AclPolicy {
  /** `Custom`, or `Default` for those that count where none of Custom does. */
  readonly policyType: string;
  readonly entries: readonly AclRule[];
}

/** All rules of a user. Source: Apache 5.3 AclInfo. */
export interface AclInfo {
  /** Such as `User:anna`. */
  readonly subject: string;
  readonly policies: readonly AclPolicy[];
}

/** Reads an answer of AUTH_GET_USER (3004), or one of AUTH_LIST_USER (3005). @throws ProtocolError */
export function readUserInfo(value: FastjsonValue): UserInfo {
  const user = objectOf(value, 'user');
  const password = textOf(user.password, 'password', '');
  return {
    username: textOf(user.username, 'username'),
    userType: textOf(user.userType, 'userType', ''),
    userStatus: textOf(user.userStatus, 'userStatus', ''),
    ...(password !== '' && { password }),
  };
}

/** Reads an answer of AUTH_GET_ACL (3009), or one of AUTH_LIST_ACL (3010). @throws ProtocolError */
export function readAclInfo(value: FastjsonValue): AclInfo {
  const acl = objectOf(value, 'acl');
  return {
    subject: textOf(acl.subject, 'subject'),
    policies: arrayOf(acl.policies, 'policies').map((policy) => {
      const { policyType, entries } = objectOf(policy, 'policy');
      return {
        policyType: textOf(policyType, 'policyType', 'Custom'),
        entries: arrayOf(entries, 'entries').map(readRule),
      };
    }),
  };
}

function readRule(value: FastjsonValue): AclRule {
  const rule = objectOf(value, 'entry');
  const texts = (name: string): string[] => arrayOf(rule[name], name).map((text) => textOf(text, name));
  const sourceIps = texts('sourceIps');
  return {
    resource: textOf(rule.resource, 'resource'),
    actions: texts('actions'),
    ...(sourceIps.length > 0 && { sourceIps }),
    decision: textOf(rule.decision, 'decision', ''),
  };
}
