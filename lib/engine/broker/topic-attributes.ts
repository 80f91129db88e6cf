import { ConfigurationError } from '../common/errors.js';
import { nearestName } from '../common/nearest-name.js';

/** What a topic can be told about itself. Values that this broker cannot do are left out. */
const allowed: Readonly<Record<string, readonly string[]>> = {
  'message.type': ['UNSPECIFIED', 'NORMAL', 'FIFO', 'DELAY', 'TRANSACTION'],
  'queue.type': ['SimpleCQ'],
  'cleanup.policy': ['DELETE'],
};

/**
 * Applies a change of the form `+name=value,-name`.
 * @throws ConfigurationError naming what is unknown or not allowed
 * Source: Apache 5.3 AttributeParser, AttributeUtil.
 */
export function changeAttributes(
  current: Readonly<Record<string, string>>,
  change: string | undefined,
): Record<string, string> {
  const attributes = new Map(Object.entries(current));
  for (const part of (change ?? '').split(',').filter((text) => text.trim() !== '')) {
    const match = /^([+-])([^=]+)(?:=(.*))?$/.exec(part.trim());
    if (!match || (match[1] === '+') !== (match[3] !== undefined)) {
      throw new ConfigurationError('attributes', `'${part}' is neither +name=value nor -name`);
    }
    const [, sign, name, value] = match;
    if (!Object.hasOwn(allowed, name)) throw unknownAttribute(name);
    if (sign === '-') attributes.delete(name);
    else if (allowed[name].includes(value)) attributes.set(name, value);
    else throw new ConfigurationError(name, `'${value}' is not supported; it can be ${allowed[name].join(', ')}`);
  }
  return Object.fromEntries(attributes);
}

function unknownAttribute(name: string): ConfigurationError {
  const nearest = nearestName(name, Object.keys(allowed));
  const hint = nearest === undefined ? '' : `; did you mean ${nearest}?`;
  return new ConfigurationError(name, `topics have no such attribute${hint}`);
}
