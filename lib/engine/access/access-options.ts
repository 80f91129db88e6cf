import { ConfigurationError } from '../common/errors.js';
import { parseFastjson, type FastjsonObject } from '../common/fastjson.js';
import { objectOf } from '../common/json-fields.js';
import { resolveSettings, type SettingsTable } from '../common/settings.js';

/**
 * Settings of access control, under Apache's names. They hold secrets, so no request shows or
 * changes them. Source: Apache 5.3 AuthConfig, Apache 4.9 BrokerConfig#aclEnable.
 */
export interface AccessOptions {
  /** Whether the accounts of plain_acl.yml are asked for, as by RocketMQ 4. */
  aclEnable: boolean;
  /** Ours: where it is. Reloaded when it changes. */
  plainAclFile: string;
  /** Whether requests have to be signed by a user, as by RocketMQ 5. */
  authenticationEnabled: boolean;
  /** Whether users may do only what rules allow. */
  authorizationEnabled: boolean;
  /** Request codes that need no signature, separated by commas. */
  authenticationWhitelist: string;
  /** Request codes that any user may send, separated by commas. */
  authorizationWhitelist: string;
  /** A first super user: `{"username":"…","password":"…"}`. */
  initAuthenticationUser: string;
  /** Whom this server is when it speaks to others of the cluster: `{"accessKey":"…","secretKey":"…"}`; a super user here, too. */
  innerClientAuthenticationCredentials: string;
  /** Ours: whether requests may change settings although nobody is asked who sends them. */
  enableRemoteConfig: boolean;
  /** A name server: directory of a broker's access.json, whose users it lets in, too. Empty: none. */
  authConfigPath: string;
}

export const accessSettings: SettingsTable<AccessOptions> = {
  owner: 'a server',
  defaults: {
    aclEnable: false,
    plainAclFile: 'conf/plain_acl.yml',
    authenticationEnabled: false,
    authorizationEnabled: false,
    authenticationWhitelist: '',
    authorizationWhitelist: '',
    initAuthenticationUser: '',
    innerClientAuthenticationCredentials: '',
    enableRemoteConfig: false,
    authConfigPath: '',
  },
};

/** @throws ConfigurationError see resolveSettings(); also settings that contradict each other */
export function resolveAccessOptions(given: Partial<AccessOptions> = {}): Readonly<AccessOptions> {
  const options = resolveSettings(accessSettings, given);
  if (options.authorizationEnabled && !options.authenticationEnabled && !options.aclEnable) {
    throw new ConfigurationError(
      'authorizationEnabled',
      'would let in whoever gives a name without proving it; set authenticationEnabled to true, too',
    );
  }
  requestCodes('authenticationWhitelist', options.authenticationWhitelist);
  requestCodes('authorizationWhitelist', options.authorizationWhitelist);
  firstUser(options);
  innerCredentials(options);
  return options;
}

/** Whether a server asks who its clients are. */
export function isAccessControlled({ aclEnable, authenticationEnabled }: Partial<AccessOptions>): boolean {
  return aclEnable === true || authenticationEnabled === true;
}

/** @throws ConfigurationError */
export function requestCodes(name: string, text: string): ReadonlySet<number> {
  const parts = text.split(',').map((part) => part.trim());
  const codes = parts.filter((part) => part !== '').map(Number);
  if (codes.every((code) => Number.isInteger(code) && code >= 0)) return new Set(codes);
  throw new ConfigurationError(name, `'${text}' is no list of request codes; separate numbers by commas`);
}

/** Undefined: none is wanted. @throws ConfigurationError, which does not show what was given */
export function firstUser(options: Pick<AccessOptions, 'initAuthenticationUser'>) {
  return readSecrets('initAuthenticationUser', options.initAuthenticationUser, 'username', 'password');
}

export function innerCredentials(options: Pick<AccessOptions, 'innerClientAuthenticationCredentials'>) {
  const { innerClientAuthenticationCredentials: text } = options;
  return readSecrets('innerClientAuthenticationCredentials', text, 'accessKey', 'secretKey');
}

function readSecrets<Name extends string, Secret extends string>(
  option: string,
  text: string,
  name: Name,
  secret: Secret,
): Record<Name | Secret, string> | undefined {
  if (text.trim() === '') return undefined;
  let json: FastjsonObject;
  try {
    json = objectOf(parseFastjson(text), option);
  } catch {
    throw wrong(option, name, secret); // the cause would show the secret
  }
  if ([json[name], json[secret]].some((value) => typeof value !== 'string' || value.trim() === ''))
    throw wrong(option, name, secret);
  return { [name]: json[name], [secret]: json[secret] } as Record<Name | Secret, string>;
}

function wrong(option: string, name: string, secret: string): ConfigurationError {
  return new ConfigurationError(option, `must be JSON of the form {"${name}":"…","${secret}":"…"}`);
}
