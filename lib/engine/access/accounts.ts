import type { Acl } from './acl.js';
import type { User } from './user.js';

/** Where users and their rules are looked up. */
export interface Accounts {
  user(username: string): User | undefined;
  acl(username: string): Acl | undefined;
  /** Whether requests from an address need no signature: of anybody, or of this user. */
  isTrusted(sourceIp: string, username: string | undefined): boolean;
}
