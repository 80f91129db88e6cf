import { ConfigurationError, RocketMqError } from '../common/errors.js';
import type { Accounts } from './accounts.js';
import type { Action } from './action.js';
import type { Acl, PolicyEntry } from './acl.js';
import { groupResource, resource, type Resource } from './resource.js';
import { isInside, parseWhiteAddresses, type AddressRange } from './source-address.js';
import { userTextProblem, type User } from './user.js';

/** What a plain_acl.yml says. */
export interface PlainAcl {
  readonly globalWhiteAddresses: readonly AddressRange[];
  readonly accounts: ReadonlyMap<string, PlainAccount>;
}

interface PlainAccount {
  readonly user: User;
  readonly acl: Acl;
  readonly whiteAddresses: readonly AddressRange[];
}

const ACCOUNT_FIELDS: readonly string[] = [
  ...['accessKey', 'secretKey', 'whiteRemoteAddress', 'admin'],
  ...['defaultTopicPerm', 'defaultGroupPerm', 'topicPerms', 'groupPerms'],
];
const FILE_FIELDS: readonly string[] = ['globalWhiteRemoteAddresses', 'accounts', 'dataVersion'];

/** Who may publish or subscribe may look, too: RocketMQ 4 asked nobody who looked. */
const permissions: ReadonlyMap<string, readonly Action[]> = new Map([
  ['DENY', ['All']],
  ['PUB', ['Pub', 'Get']],
  ['SUB', ['Sub', 'Get']],
  ['PUB|SUB', ['Pub', 'Sub', 'Get']],
  ['SUB|PUB', ['Pub', 'Sub', 'Get']],
]);

const LEAST_KEY_CHARACTERS = 6;

/**
 * Reads the content of RocketMQ 4's plain_acl.yml, as a YAML parser gives it. An administrator is a
 * super user; the rules of an account are those that Apache 5.3 makes of it (AuthMigrator).
 * @throws ConfigurationError naming the account and its field, never a secret
 */
export function readPlainAcl(content: unknown): PlainAcl {
  const file = fieldsOf('plain_acl.yml', content ?? {}, FILE_FIELDS);
  const white = listOf('globalWhiteRemoteAddresses', file.globalWhiteRemoteAddresses);
  const accounts = new Map<string, PlainAccount>();
  listOf('accounts', file.accounts).forEach((value, index) => {
    const account = accountOf(`accounts[${index}]`, value);
    if (accounts.has(account.user.username)) {
      throw new ConfigurationError(
        `accounts[${index}].accessKey`,
        `${account.user.username} is there twice; leave one`,
      );
    }
    accounts.set(account.user.username, account);
  });
  return { globalWhiteAddresses: white.flatMap((text) => addresses('globalWhiteRemoteAddresses', text)), accounts };
}

/** The accounts of a file that may change. */
export class PlainAccounts implements Accounts {
  private current: PlainAcl = { globalWhiteAddresses: [], accounts: new Map() };

  replace(content: PlainAcl): void {
    this.current = content;
  }

  user(username: string): User | undefined {
    return this.current.accounts.get(username)?.user;
  }

  acl(username: string): Acl | undefined {
    return this.current.accounts.get(username)?.acl;
  }

  isTrusted(sourceIp: string, username: string | undefined): boolean {
    const { globalWhiteAddresses, accounts } = this.current;
    const own = username === undefined ? undefined : accounts.get(username)?.whiteAddresses;
    return [...globalWhiteAddresses, ...(own ?? [])].some((range) => isInside(sourceIp, range));
  }
}

function accountOf(path: string, value: unknown): PlainAccount {
  const fields = fieldsOf(path, value, ACCOUNT_FIELDS);
  const username = key(`${path}.accessKey`, fields.accessKey);
  const password = key(`${path}.secretKey`, fields.secretKey);
  const isAdmin = fields.admin ?? false;
  if (typeof isAdmin !== 'boolean') throw new ConfigurationError(`${path}.admin`, 'must be true or false');
  const custom = [
    ...rules(`${path}.topicPerms`, fields.topicPerms, (name) => resource('Topic', name)),
    ...rules(`${path}.groupPerms`, fields.groupPerms, groupResource),
  ];
  const byDefault = [
    ...defaultRule(`${path}.defaultTopicPerm`, fields.defaultTopicPerm, 'Topic'),
    ...defaultRule(`${path}.defaultGroupPerm`, fields.defaultGroupPerm, 'Group'),
  ];
  return {
    user: { username, password, userType: isAdmin ? 'Super' : 'Normal', userStatus: 'enable' },
    acl: new Map([
      ['Custom', custom],
      ['Default', byDefault],
    ]),
    whiteAddresses: addresses(`${path}.whiteRemoteAddress`, fields.whiteRemoteAddress ?? ''),
  };
}

function rules(path: string, list: unknown, about: (name: string) => Resource): PolicyEntry[] {
  return listOf(path, list).map((item) => {
    const [, name, permission] = /^([^=]+)=(.+)$/.exec(typeof item === 'string' ? item : '') ?? [];
    if (name === undefined) throw new ConfigurationError(path, 'each must have the form name=PUB|SUB');
    return rule(path, about(name.trim()), permission);
  });
}

function defaultRule(path: string, permission: unknown, type: 'Topic' | 'Group'): PolicyEntry[] {
  if (permission === undefined || permission === null || permission === '') return [];
  return [rule(path, { type, pattern: 'ANY', name: '' }, permission)];
}

function rule(path: string, about: Resource, permission: unknown): PolicyEntry {
  const text = typeof permission === 'string' ? permission.replace(/\s/g, '') : '';
  const actions = permissions.get(text);
  if (actions === undefined) {
    throw new ConfigurationError(
      path,
      `a permission is one of ${[...permissions.keys()].join(', ')}, but there is '${text}'`,
    );
  }
  return { resource: about, actions, sourceIps: [], decision: text === 'DENY' ? 'Deny' : 'Allow' };
}

/** Source: Apache 4.9 PlainPermissionManager#checkPlainAccessConfig. */
function key(path: string, value: unknown): string {
  const text = typeof value === 'number' ? String(value) : value; // a YAML parser takes 12345678 for a number
  if (
    typeof text !== 'string' ||
    text.length < LEAST_KEY_CHARACTERS ||
    userTextProblem('username', text) !== undefined
  ) {
    throw new ConfigurationError(path, `must be a text of ${LEAST_KEY_CHARACTERS} to 255 characters; put it in quotes`);
  }
  return text;
}

function addresses(path: string, text: unknown): AddressRange[] {
  try {
    if (typeof text === 'string') return parseWhiteAddresses(text);
  } catch (error) {
    if (error instanceof RocketMqError) throw new ConfigurationError(path, error.message);
    throw error;
  }
  throw new ConfigurationError(path, 'must be a text');
}

function fieldsOf(path: string, value: unknown, known: readonly string[]): Record<string, unknown> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new ConfigurationError(path, 'is not of the form that plain_acl.yml has');
  }
  const unknown = Object.keys(value).find((name) => !known.includes(name));
  if (unknown !== undefined) {
    throw new ConfigurationError(`${path}.${unknown}`, `is not known; there are ${known.join(', ')}`);
  }
  return value as Record<string, unknown>;
}

function listOf(path: string, value: unknown): unknown[] {
  if (value === undefined || value === null) return [];
  if (!Array.isArray(value)) throw new ConfigurationError(path, 'must be a list');
  return value;
}
