import { brokerOptionNames, type BrokerOptions } from '../broker/broker-options.js';
import { ConfigurationError } from '../common/errors.js';
import { nearestName } from '../common/nearest-name.js';
import { storeOptionNames, type StoreOptions } from '../store/store-options.js';

/** A broker's settings as RocketMQ's users know them: those of the broker and of its store, side by side. */
export type ServerSettings = Partial<BrokerOptions & StoreOptions>;

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
  const known: readonly string[] = [...brokerOptionNames, ...storeOptionNames];
  for (const [name, value] of Object.entries(settings)) {
    if (!known.includes(name)) {
      const nearest = nearestName(name, known);
      throw new ConfigurationError(name, `a broker has no such option${nearest ? `; did you mean ${nearest}?` : ''}`);
    }
    if ((brokerOptionNames as readonly string[]).includes(name)) broker[name] = value;
    if ((storeOptionNames as readonly string[]).includes(name)) store[name] = value;
  }
  return { broker, store };
}
