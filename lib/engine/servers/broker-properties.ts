import { defaultBrokerOptions } from '../broker/broker-options.js';
import { ConfigurationError } from '../common/errors.js';
import { nearestName } from '../common/nearest-name.js';
import { defaultStoreOptions } from '../store/store-options.js';
import type { ServerSettings } from './server-settings.js';

const defaults: Readonly<Record<string, unknown>> = { ...defaultStoreOptions, ...defaultBrokerOptions };

/**
 * Reads `name = value` lines as RocketMQ's broker.conf has them; `#` and `!` begin a comment.
 * @throws ConfigurationError a line without `=`, a name nobody knows, a value that is not of its kind
 */
export function parseBrokerProperties(text: string): ServerSettings {
  const settings: Record<string, unknown> = {};
  for (const [index, line] of text.split(/\r?\n/).entries()) {
    const content = line.trim();
    if (content === '' || content.startsWith('#') || content.startsWith('!')) continue;
    const [, name, value] = /^([^=:\s]+)\s*[=:]\s*(.*)$/.exec(content) ?? [];
    if (name === undefined) {
      throw new ConfigurationError(`line ${index + 1}`, `'${content.slice(0, 60)}' is not of the form name = value`);
    }
    settings[name] = parseBrokerProperty(name, value);
  }
  return settings;
}

/** One setting given as text. @throws ConfigurationError */
export function parseBrokerProperty(name: string, value: string): unknown {
  if (!Object.hasOwn(defaults, name)) {
    const nearest = nearestName(name, Object.keys(defaults));
    throw new ConfigurationError(name, `a broker has no such option${nearest ? `; did you mean ${nearest}?` : ''}`);
  }
  switch (typeof defaults[name]) {
    case 'number': {
      const number = Number(value);
      if (value.trim() === '' || !Number.isSafeInteger(number)) {
        throw new ConfigurationError(name, `must be an integer, but is '${value}'`);
      }
      return number;
    }
    case 'boolean':
      if (value !== 'true' && value !== 'false') {
        throw new ConfigurationError(name, `must be true or false, but is '${value}'`);
      }
      return value === 'true';
    default:
      return value;
  }
}
