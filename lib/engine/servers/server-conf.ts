import { ConfigurationError } from '../common/errors.js';
import { parseJavaProperties } from '../common/java-properties.js';
import { isSettingOf, parseSetting, unknownSetting, type SettingsTable } from '../common/settings.js';
import { accessSettings, type AccessOptions } from '../access/access-options.js';
import { nameServerSettings, type NameServerOptions } from '../namesrv/name-server-options.js';
import { connectionSettings, type ConnectionOptions } from '../remoting/connection-options.js';
import { defaultStoreOptions } from '../store/store-options.js';
import { apacheSettingNames } from './apache-settings.js';
import { refusedSettings } from './refused-settings.js';
import { brokerAndStoreSettings, type ServerSettings } from './server-settings.js';

/** A setting as a file or a command line has it. */
export interface GivenSetting {
  readonly name: string;
  readonly value: string;
}

interface ServerConf {
  /** The address to bind, where one is named. */
  readonly bindAddress?: string;
  /** Settings of Apache's that are known, and change nothing here. */
  readonly withoutEffect: readonly string[];
}

/** What a broker.conf says. */
export interface BrokerConf extends ServerConf {
  readonly settings: ServerSettings;
}

/** What a namesrv.conf says. */
export interface NameServerConf extends ServerConf {
  readonly options: Partial<NameServerOptions>;
  readonly connections: Partial<ConnectionOptions>;
  readonly access: Partial<AccessOptions>;
  readonly port?: number;
  /** File of the key-value pairs. */
  readonly kvConfigPath?: string;
}

/** Settings of a name server that are no options of its table. */
const PLACES: ReadonlySet<string> = new Set(['bindAddress', 'kvConfigPath']);

const door = {
  owner: 'a server',
  defaults: { bindAddress: '127.0.0.1', listenPort: 0 },
  limits: { listenPort: [0, 65_535] },
} satisfies SettingsTable<{ bindAddress: string; listenPort: number }>;

/**
 * Sorts the settings of a properties file that Apache's broker reads; of two of a name the last
 * counts. What is ours is checked and applied, what would promise too much is refused (see
 * refused-settings.ts), all else of Apache's is accepted without effect.
 * @throws ConfigurationError a name that neither we nor Apache know, with the nearest right one; a wrong value; a refused one
 */
export function brokerConf(given: readonly GivenSetting[]): BrokerConf {
  const lastOfEach = byName(given);
  const storeDirectory = lastOfEach.get('storePathRootDir') ?? defaultStoreOptions.storePathRootDir;
  const settings: Record<string, unknown> = {};
  const withoutEffect: string[] = [];
  for (const [name, value] of lastOfEach) {
    refuse(name, value, storeDirectory);
    if (isSettingOf(brokerAndStoreSettings, name)) settings[name] = settingOf(brokerAndStoreSettings, name, value);
    else if (name !== 'bindAddress') withoutEffect.push(known(name, 'a broker', brokerAndStoreSettings));
  }
  return { settings, bindAddress: lastOfEach.get('bindAddress'), withoutEffect };
}

/** The same for what Apache's name server reads. @throws ConfigurationError see brokerConf() */
export function nameServerConf(given: readonly GivenSetting[]): NameServerConf {
  const lastOfEach = byName(given);
  const options: Record<string, unknown> = {};
  const connections: Record<string, unknown> = {};
  const access: Record<string, unknown> = {};
  const withoutEffect: string[] = [];
  let port: number | undefined;
  for (const [name, value] of lastOfEach) {
    refuse(name, value, defaultStoreOptions.storePathRootDir);
    if (isSettingOf(nameServerSettings, name)) options[name] = settingOf(nameServerSettings, name, value);
    else if (isSettingOf(connectionSettings, name)) connections[name] = settingOf(connectionSettings, name, value);
    else if (isSettingOf(accessSettings, name)) access[name] = settingOf(accessSettings, name, value);
    else if (name === 'listenPort') port = settingOf(door, name, value) as number;
    else if (!PLACES.has(name)) withoutEffect.push(known(name, 'a name server', nameServerSettings));
  }
  const [bindAddress, kvConfigPath] = [...PLACES].map((name) => lastOfEach.get(name));
  return { options, connections, access, port, bindAddress, kvConfigPath, withoutEffect };
}

/** The settings in the text of a properties file. @throws ConfigurationError a line that is none */
export function readProperties(text: string): GivenSetting[] {
  return parseJavaProperties(text);
}

function byName(given: readonly GivenSetting[]): Map<string, string> {
  return new Map(given.map(({ name, value }) => [name, value]));
}

function refuse(name: string, value: string, storeDirectory: string): void {
  const refused = refusedSettings.get(name);
  if (!refused || refused.isHarmless(value, storeDirectory)) return;
  throw new ConfigurationError(name, `'${value}' is not possible: ${refused.because}`);
}

/** As Java: `TRUE` is true. */
function settingOf<Settings extends object>(table: SettingsTable<Settings>, name: string, value: string): unknown {
  return parseSetting(table, name, /^(true|false)$/i.test(value) ? value.toLowerCase() : value);
}

function known<Settings extends object>(name: string, owner: string, table: SettingsTable<Settings>): string {
  if (apacheSettingNames.has(name)) return name;
  throw unknownSetting(owner, name, [...Object.keys(table.defaults), 'bindAddress', ...apacheSettingNames]);
}
