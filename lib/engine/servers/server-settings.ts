import { brokerSettings, resolveBrokerOptions, type BrokerOptions } from '../broker/broker-options.js';
import { isSettingOf, parseSetting, unknownSetting, type SettingsTable } from '../common/settings.js';
import { resolveStoreOptions, storeSettings, type StoreOptions } from '../store/store-options.js';

/** A broker's settings as RocketMQ's users know them: those of the broker and of its store, side by side. */
export type ServerSettings = Partial<BrokerOptions & StoreOptions>;

/** Both tables as one; where both have a setting, the limits of the store count. */
export const brokerAndStoreSettings: SettingsTable<BrokerOptions & StoreOptions> = {
  owner: 'a broker',
  defaults: { ...brokerSettings.defaults, ...storeSettings.defaults },
  limits: { ...brokerSettings.limits, ...storeSettings.limits },
};

/**
 * Sorts settings into those of the broker and those of the store; some belong to both.
 * @throws ConfigurationError a name that neither knows, with the nearest right one
 */
export function splitSettings(settings: ServerSettings): {
  broker: Partial<BrokerOptions>;
  store: Partial<StoreOptions>;
} {
  const broker: Record<string, unknown> = {};
  const store: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(settings)) {
    if (!isSettingOf(brokerAndStoreSettings, name)) throw unknown(name);
    if (isSettingOf(brokerSettings, name)) broker[name] = value;
    if (isSettingOf(storeSettings, name)) store[name] = value;
  }
  return { broker, store };
}

/** All that are in force when these are given. @throws ConfigurationError see resolveSettings() */
export function resolveServerSettings(settings: ServerSettings): Readonly<BrokerOptions & StoreOptions> {
  const { broker, store } = splitSettings(settings);
  return Object.freeze({ ...resolveBrokerOptions(broker), ...resolveStoreOptions(store) });
}

/** Reads one setting as broker.conf or a command line has it. @throws ConfigurationError */
export function parseServerSetting(name: string, text: string): unknown {
  return parseSetting(brokerAndStoreSettings, name, text);
}

function unknown(name: string): Error {
  return unknownSetting('a broker', name, Object.keys(brokerAndStoreSettings.defaults));
}
