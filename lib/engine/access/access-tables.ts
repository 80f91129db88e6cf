import type { FastjsonInput, FastjsonValue } from '../common/fastjson.js';
import { arrayOf, objectOf, textOf } from '../common/json-fields.js';
import type { Accounts } from './accounts.js';
import { merged, readPolicies, without, writePolicies, type Acl, type PolicyType } from './acl.js';
import { resourceKey, type Resource } from './resource.js';
import { readUserChange, userTextProblem, type User, type UserChange } from './user.js';

const SUBJECT_PREFIX = 'User:';

/** Why users or rules stay as they are; its texts are Apache's. */
export class AccessChangeError extends Error {}

/** The user of a subject such as `User:anna`; undefined: another kind of subject. Source: Apache 5.3 Subject#of. */
export function usernameOf(subject: string): string | undefined {
  const prefix = subject.slice(0, SUBJECT_PREFIX.length);
  return prefix.toLowerCase() === SUBJECT_PREFIX.toLowerCase() ? subject.slice(SUBJECT_PREFIX.length) : undefined;
}

export function subjectOf(username: string): string {
  return SUBJECT_PREFIX + username;
}

/** The users and rules that administrators have made. Source: Apache 5.3 AuthenticationMetadataManagerImpl, AuthorizationMetadataManagerImpl. */
export class AccessTables implements Accounts {
  private users = new Map<string, User>();
  private acls = new Map<string, Acl>();

  user(username: string): User | undefined {
    return this.users.get(username);
  }

  acl(username: string): Acl | undefined {
    return this.acls.get(username);
  }

  isTrusted(): boolean {
    return false;
  }

  /** In the order of their names. */
  usersLike(filter = ''): User[] {
    return inOrder(this.users, filter).map(([, user]) => user);
  }

  /** In the order of the users' names; rules whose resource does not contain the filter are left out. */
  aclsLike(subjectFilter = '', resourceFilter = ''): [username: string, acl: Acl][] {
    return inOrder(this.acls, '')
      .filter(([username]) => subjectOf(username).includes(subjectFilter))
      .map(([username, acl]): [string, Acl] => {
        const isAll = subjectOf(username).includes(resourceFilter);
        return [username, isAll ? acl : about(acl, resourceFilter)];
      })
      .filter(([, acl]) => acl.size > 0);
  }

  /** @throws AccessChangeError */
  createUser(username: string, { password = '', userType = 'Normal', userStatus = 'enable' }: UserChange): void {
    check(userTextProblem('username', username) ?? userTextProblem('password', password));
    if (this.users.has(username)) throw new AccessChangeError('The user is existed');
    this.users.set(username, { username, password, userType, userStatus });
  }

  /** @throws AccessChangeError */
  updateUser(username: string, change: UserChange): void {
    const user = this.users.get(username);
    if (user === undefined) throw new AccessChangeError('The user is not exist');
    if (change.password !== undefined) check(userTextProblem('password', change.password));
    this.users.set(username, { ...user, ...change });
  }

  /** With the user's rules. */
  deleteUser(username: string): void {
    this.users.delete(username);
    this.acls.delete(username);
  }

  /** Adds rules; for a resource that has one it is replaced. @throws AccessChangeError */
  addAcl(username: string, acl: Acl): void {
    if (!this.users.has(username)) throw new AccessChangeError(`The subject of ${subjectOf(username)} is not exist.`);
    this.acls.set(username, merged(this.acls.get(username) ?? new Map(), acl));
  }

  /** @param rule the one to take away; default: all of the user's. @throws AccessChangeError */
  deleteAcl(username: string, rule?: { type: PolicyType; resource: Resource }): void {
    if (!this.users.has(username)) throw new AccessChangeError('The subject is not exist.');
    const acl = this.acls.get(username);
    if (acl === undefined) throw new AccessChangeError('The acl is not exist.');
    const left = rule === undefined ? new Map() : without(acl, rule.type, rule.resource);
    if (left.size > 0) this.acls.set(username, left);
    else this.acls.delete(username);
  }

  /** For its file. */
  encode(): FastjsonInput {
    return {
      users: [...this.users.values()],
      acls: Array.from(this.acls, ([username, acl]) => ({
        subject: subjectOf(username),
        policies: writePolicies(acl),
      })),
    };
  }

  /** Takes the place of all there is. @throws ProtocolError, InvalidAclError */
  decode(content: FastjsonValue): void {
    const stored = objectOf(content, 'access');
    const users = new Map<string, User>();
    for (const value of arrayOf(stored.users, 'users')) {
      const user = objectOf(value, 'user');
      const username = textOf(user.username, 'username');
      users.set(username, {
        username,
        password: '',
        userType: 'Normal',
        userStatus: 'disable',
        ...readUserChange(user),
      });
    }
    const acls = new Map<string, Acl>();
    for (const value of arrayOf(stored.acls, 'acls')) {
      const acl = objectOf(value, 'acl');
      acls.set(usernameOf(textOf(acl.subject, 'subject')) ?? '', readPolicies(acl.policies));
    }
    [this.users, this.acls] = [users, acls];
  }
}

function inOrder<Value>(table: ReadonlyMap<string, Value>, filter: string): [string, Value][] {
  const found = [...table].filter(([name]) => name.includes(filter));
  return found.sort(([a], [b]) => (a < b ? -1 : 1));
}

function about(acl: Acl, resourceFilter: string): Acl {
  const kept = Array.from(acl, ([type, entries]) => {
    return [type, entries.filter(({ resource }) => resourceKey(resource).includes(resourceFilter))] as const;
  });
  return new Map(kept.filter(([, entries]) => entries.length > 0));
}

function check(problem: string | undefined): void {
  if (problem !== undefined) throw new AccessChangeError(problem);
}
