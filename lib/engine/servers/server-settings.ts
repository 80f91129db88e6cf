import { accessSettings, resolveAccessOptions, type AccessOptions } from '../access/access-options.js';
import { brokerSettings, resolveBrokerOptions, type BrokerOptions } from '../broker/broker-options.js';
import type { NameServerOptions } from '../namesrv/name-server-options.js';
import { isSettingOf, parseSetting, unknownSetting, type SettingsTable } from '../common/settings.js';
import { resolveStoreOptions, storeSettings, type StoreOptions } from '../store/store-options.js';

/** A broker's settings as RocketMQ's users know them: those of the broker, of its store and of access control, side by side. */
export type ServerSettings = Partial<BrokerOptions & StoreOptions & AccessOptions>;

/** The tables as one; where two have a setting, the limits of the store count. */
export const brokerAndStoreSettings: SettingsTable<BrokerOptions & StoreOptions & AccessOptions> = {
  owner: 'a broker',
  defaults: { ...brokerSettings.defaults, ...storeSettings.defaults, ...accessSettings.defaults },
  limits: { ...brokerSettings.limits, ...storeSettings.limits },
};

/**
 * Sorts settings into those of the broker, of the store and of access control; some belong to two.
 * @throws ConfigurationError a name that none knows, with the nearest right one
 */
export function splitSettings(settings: ServerSettings): {
  broker: Partial<BrokerOptions>;
  store: Partial<StoreOptions>;
  access: Partial<AccessOptions>;
} {
  const broker: Record<string, unknown> = {};
  const store: Record<string, unknown> = {};
  const access: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(settings)) {
    if (!isSettingOf(brokerAndStoreSettings, name)) throw unknown(name);
    if (isSettingOf(brokerSettings, name)) broker[name] = value;
    if (isSettingOf(storeSettings, name)) store[name] = value;
    if (isSettingOf(accessSettings, name)) access[name] = value;
  }
  return { broker, store, access };
}

/** The same for a name server. @throws ConfigurationError */
export function splitNameServerSettings(settings: Partial<NameServerOptions & AccessOptions>): {
  nameServer: Partial<NameServerOptions>;
  access: Partial<AccessOptions>;
} {
  const entries = Object.entries(settings);
  const access = Object.fromEntries(entries.filter(([name]) => isSettingOf(accessSettings, name)));
  return { access, nameServer: Object.fromEntries(entries.filter(([name]) => !isSettingOf(accessSettings, name))) };
}

/** All that are in force when these are given, but for those of access control, which hold secrets. @throws ConfigurationError see resolveSettings() */
export function resolveServerSettings(settings: ServerSettings): Readonly<BrokerOptions & StoreOptions> {
  const { broker, store, access } = splitSettings(settings);
  resolveAccessOptions(access);
  return Object.freeze({ ...resolveBrokerOptions(broker), ...resolveStoreOptions(store) });
}

/** Reads one setting as broker.conf or a command line has it. @throws ConfigurationError */
export function parseServerSetting(name: string, text: string): unknown {
  return parseSetting(brokerAndStoreSettings, name, text);
}

function unknown(name: string): Error {
  return unknownSetting('a broker', name, Object.keys(brokerAndStoreSettings.defaults));
}
