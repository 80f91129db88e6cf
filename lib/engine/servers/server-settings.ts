import { accessSettings, resolveAccessOptions, type AccessOptions } from '../access/access-options.js';
import { brokerSettings, resolveBrokerOptions, type BrokerOptions } from '../broker/broker-options.js';
import type { NameServerOptions } from '../namesrv/name-server-options.js';
import { isSettingOf, parseSetting, unknownSetting, type SettingsTable } from '../common/settings.js';
import {
  connectionSettings,
  resolveConnectionOptions,
  type ConnectionOptions,
} from '../remoting/connection-options.js';
import { resolveStoreOptions, storeSettings, type StoreOptions } from '../store/store-options.js';

/** A broker's settings as RocketMQ's users know them: those of the broker, of its store, connections and access control, side by side. */
export type ServerSettings = Partial<BrokerOptions & StoreOptions & ConnectionOptions & AccessOptions>;

/** The tables as one; where two have a setting, the limits of the store count. */
export const brokerAndStoreSettings: SettingsTable<BrokerOptions & StoreOptions & ConnectionOptions & AccessOptions> = {
  owner: 'a broker',
  defaults: {
    ...brokerSettings.defaults,
    ...storeSettings.defaults,
    ...connectionSettings.defaults,
    ...accessSettings.defaults,
  },
  limits: { ...brokerSettings.limits, ...storeSettings.limits, ...connectionSettings.limits },
};

/**
 * Sorts settings into those of the broker, of the store, of connections and of access control; some belong to two.
 * @throws ConfigurationError a name that none knows, with the nearest right one
 */
export function splitSettings(settings: ServerSettings): {
  broker: Partial<BrokerOptions>;
  store: Partial<StoreOptions>;
  connections: Partial<ConnectionOptions>;
  access: Partial<AccessOptions>;
} {
  const broker: Record<string, unknown> = {};
  const store: Record<string, unknown> = {};
  const connections: Record<string, unknown> = {};
  const access: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(settings)) {
    if (!isSettingOf(brokerAndStoreSettings, name)) throw unknown(name);
    if (isSettingOf(brokerSettings, name)) broker[name] = value;
    if (isSettingOf(storeSettings, name)) store[name] = value;
    if (isSettingOf(connectionSettings, name)) connections[name] = value;
    if (isSettingOf(accessSettings, name)) access[name] = value;
  }
  return { broker, store, connections, access };
}

export type NameServerSettings = Partial<NameServerOptions & ConnectionOptions & AccessOptions>;

/** The same for a name server. @throws ConfigurationError */
export function splitNameServerSettings(settings: NameServerSettings): {
  nameServer: Partial<NameServerOptions>;
  connections: Partial<ConnectionOptions>;
  access: Partial<AccessOptions>;
} {
  const entries = Object.entries(settings);
  const isAccess = (name: string): boolean => isSettingOf(accessSettings, name);
  const isConnection = (name: string): boolean => isSettingOf(connectionSettings, name);
  return {
    access: Object.fromEntries(entries.filter(([name]) => isAccess(name))),
    connections: Object.fromEntries(entries.filter(([name]) => isConnection(name))),
    nameServer: Object.fromEntries(entries.filter(([name]) => !isAccess(name) && !isConnection(name))),
  };
}

/** All that are in force when these are given, but for those of access control, which hold secrets. @throws ConfigurationError see resolveSettings() */
export function resolveServerSettings(
  settings: ServerSettings,
): Readonly<BrokerOptions & StoreOptions & ConnectionOptions> {
  const { broker, store, connections, access } = splitSettings(settings);
  resolveAccessOptions(access);
  return Object.freeze({
    ...resolveBrokerOptions(broker),
    ...resolveStoreOptions(store),
    ...resolveConnectionOptions(connections),
  });
}

/** Reads one setting as broker.conf or a command line has it. @throws ConfigurationError */
export function parseServerSetting(name: string, text: string): unknown {
  return parseSetting(brokerAndStoreSettings, name, text);
}

function unknown(name: string): Error {
  return unknownSetting('a broker', name, Object.keys(brokerAndStoreSettings.defaults));
}
