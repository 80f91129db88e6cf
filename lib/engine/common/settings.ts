import { ConfigurationError } from './errors.js';
import { nearestName } from './nearest-name.js';

/** Flat settings of one owner: each has a default, whose kind (number, boolean, text) its values share. */
export interface SettingsTable<Settings extends object> {
  /** As messages name it: `a broker`. */
  readonly owner: string;
  readonly defaults: Readonly<Settings>;
  /** Least and most of the numbers whose limits are not those below. */
  readonly limits?: { readonly [Name in keyof Settings]?: readonly [least: number, most: number] };
}

const DEFAULT_LIMITS = [0, 2 ** 31 - 1] as const;

/**
 * Fills in defaults and checks what is given. A text may be empty only if its default is.
 * @throws ConfigurationError an unknown name (with the nearest right one), a wrong kind, or a value out of its limits
 */
export function resolveSettings<Settings extends object>(
  table: SettingsTable<Settings>,
  given: Partial<Settings>,
): Readonly<Settings> {
  const resolved: Record<string, unknown> = { ...table.defaults };
  for (const [name, value] of Object.entries(given)) {
    if (!isSettingOf(table, name)) throw unknownSetting(table.owner, name, Object.keys(table.defaults));
    if (value === undefined) continue;
    checkSetting(table, name, value);
    resolved[name] = value;
  }
  return Object.freeze(resolved) as Readonly<Settings>;
}

/** Reads one setting as a properties file or a command line has it. @throws ConfigurationError */
export function parseSetting<Settings extends object>(
  table: SettingsTable<Settings>,
  name: string,
  text: string,
): unknown {
  if (!isSettingOf(table, name)) throw unknownSetting(table.owner, name, Object.keys(table.defaults));
  const value = parsedAs(typeof table.defaults[name], text);
  checkSetting(table, name, value);
  return value;
}

export function isSettingOf<Settings extends object>(
  table: SettingsTable<Settings>,
  name: string,
): name is keyof Settings & string {
  return Object.hasOwn(table.defaults, name);
}

/** Longer than any name; what a peer sends may be of any length. */
const SHOWN_CHARACTERS = 100;

export function unknownSetting(owner: string, name: string, known: readonly string[]): ConfigurationError {
  const nearest = nearestName(name, known);
  return new ConfigurationError(
    name.slice(0, SHOWN_CHARACTERS),
    `${owner} has no such option${nearest ? `; did you mean ${nearest}?` : ''}`,
  );
}

/** Text that is not of the kind stays text, and is refused as such. */
function parsedAs(kind: string, text: string): unknown {
  if (kind === 'number' && text.trim() !== '' && Number.isSafeInteger(Number(text))) return Number(text);
  if (kind === 'boolean' && (text === 'true' || text === 'false')) return text === 'true';
  return text;
}

function checkSetting<Settings extends object>(
  { defaults, limits }: SettingsTable<Settings>,
  name: keyof Settings & string,
  value: unknown,
): void {
  const byDefault: unknown = defaults[name];
  const shown = JSON.stringify(value);
  switch (typeof byDefault) {
    case 'number': {
      const [least, most] = limits?.[name] ?? DEFAULT_LIMITS;
      if (!Number.isSafeInteger(value) || (value as number) < least || (value as number) > most) {
        throw new ConfigurationError(name, `must be an integer from ${least} to ${most}, but is ${shown}`);
      }
      break;
    }
    case 'boolean':
      if (typeof value !== 'boolean') throw new ConfigurationError(name, `must be true or false, but is ${shown}`);
      break;
    default:
      if (typeof value !== 'string') throw new ConfigurationError(name, `must be a text, but is ${shown}`);
      if (value.trim() === '' && byDefault !== '') throw new ConfigurationError(name, 'must not be empty');
  }
}
