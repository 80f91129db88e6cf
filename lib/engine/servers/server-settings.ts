import { brokerSettings, type BrokerOptions } from '../broker/broker-options.js';
import { isSettingOf, parseSetting, unknownSetting } from '../common/settings.js';
import { storeSettings, type StoreOptions } from '../store/store-options.js';

/** A broker's settings as RocketMQ's users know them: those of the broker and of its store, side by side. */
export type ServerSettings = Partial<BrokerOptions & StoreOptions>;

const known = Object.keys({ ...brokerSettings.defaults, ...storeSettings.defaults });

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
    checkName(name);
    if (isSettingOf(brokerSettings, name)) broker[name] = value;
    if (isSettingOf(storeSettings, name)) store[name] = value;
  }
  return { broker, store };
}

/** Reads one setting as broker.conf or a command line has it. @throws ConfigurationError */
export function parseServerSetting(name: string, text: string): unknown {
  checkName(name);
  return isSettingOf(brokerSettings, name)
    ? parseSetting(brokerSettings, name, text)
    : parseSetting(storeSettings, name, text);
}

function checkName(name: string): void {
  if (!known.includes(name)) throw unknownSetting('a broker', name, known);
}
