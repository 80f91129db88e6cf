import { ConfigurationError } from '../common/errors.js';
import { checkCredentials, signingHook, type SessionCredentials } from './acl/session-credentials.js';
import type { RpcHook } from './hooks/rpc-hook.js';
import { checkInteger, withDefaults } from './option-checks.js';
import { namespaceHook } from './namespace/namespace.js';

/** What all clients of one engine share. Source: Apache 5.3 ClientConfig. */
export interface ClientSettings {
  /** Who we are towards a cluster with access control. Default: nobody. */
  credentials?: SessionCredentials;
  /** Topics and groups of this name only: `Orders` is known to the cluster as `<namespace>%Orders`. Default: none. */
  namespace?: string;
  /** The same for clusters of 5.x that keep namespaces apart themselves: names stay, requests say where they belong. Default: none. */
  namespaceV2?: string;
  /** Part of the client id after the machine's address. Default: process id and a random word, so that no two are equal. */
  instanceName?: string;
  /** The unit (data centre) this client is of: part of its client id, and of the name servers' HTTP endpoint. Default: none. */
  unitName?: string;
  /** Whether requests say that their topics and groups are of one unit only. Default false. */
  unitMode?: boolean;
  /** Called around every request, in this order, before it is signed. Default: none. */
  rpcHooks?: readonly RpcHook[];
  /** How often known routes are asked for again. Default 30000. */
  pollNameServerIntervalMs?: number;
  /** Default 30000. */
  heartbeatBrokerIntervalMs?: number;
  /** Default 5000. */
  persistConsumerOffsetIntervalMs?: number;
  /** Default 20000; a change of the group or of a route is acted on at once. */
  rebalanceIntervalMs?: number;
  /** How long a broker may hold a pull of a push consumer that finds nothing. Default 15000. */
  brokerSuspendMaxTimeMs?: number;
}

const defaults = {
  namespace: '',
  unitMode: false,
  rpcHooks: [],
  pollNameServerIntervalMs: 30_000,
  heartbeatBrokerIntervalMs: 30_000,
  persistConsumerOffsetIntervalMs: 5000,
  rebalanceIntervalMs: 20_000,
  brokerSuspendMaxTimeMs: 15_000,
} satisfies ClientSettings;

export type ResolvedClientSettings = ClientSettings & Required<Pick<ClientSettings, keyof typeof defaults>>;

/** Those of `given` that are client settings, checked. @throws ConfigurationError naming the option */
export function resolveClientSettings(given: ClientSettings): ResolvedClientSettings {
  const settings = withDefaults<ClientSettings, typeof defaults>(given, defaults);
  if (settings.credentials) checkCredentials(settings.credentials);
  for (const name of ['instanceName', 'unitName', 'namespaceV2'] as const) {
    const text = settings[name];
    if (text !== undefined && !/^[\w#%.|-]+$/.test(text)) {
      throw new ConfigurationError(name, `'${text}' is no name; use letters, digits and # % . | _ -`);
    }
  }
  checkInteger('pollNameServerIntervalMs', settings.pollNameServerIntervalMs, 10);
  checkInteger('heartbeatBrokerIntervalMs', settings.heartbeatBrokerIntervalMs, 10);
  checkInteger('persistConsumerOffsetIntervalMs', settings.persistConsumerOffsetIntervalMs, 10);
  checkInteger('rebalanceIntervalMs', settings.rebalanceIntervalMs, 10);
  checkInteger('brokerSuspendMaxTimeMs', settings.brokerSuspendMaxTimeMs, 10);
  return settings;
}

/** What is done around every request, in this order: whatever adds to it comes before it is signed. */
export function rpcHooksOf({ namespaceV2, rpcHooks, credentials }: ResolvedClientSettings): RpcHook[] {
  return [
    ...(namespaceV2 === undefined ? [] : [namespaceHook(namespaceV2)]),
    ...rpcHooks,
    ...(credentials ? [signingHook(credentials)] : []),
  ];
}
