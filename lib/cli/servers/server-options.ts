import { readFile } from 'node:fs/promises';
import { InvalidArgumentError, Option, type Command } from 'commander';
import {
  ConfigurationError,
  ConsoleLogger,
  JsonLinesLogger,
  logLevels,
  readProperties,
  tlsConf,
  type GivenSetting,
  type Logger,
  type LogLevel,
  type TlsConf,
} from '../../engine/index.js';

/** What every server can be told. */
export interface ServerOptions {
  host?: string;
  insecure?: boolean;
  tlsConfig?: string;
  logLevel: LogLevel;
  logFormat: 'text' | 'json';
}

/** Adds the options of ServerOptions. */
export function withServerOptions(command: Command): Command {
  return command
    .option('--host <ip>', 'address to bind (default: 127.0.0.1, this machine only)')
    .option(
      '--insecure',
      'let the address be open to other machines although not everybody is asked who they are, or not by TLS',
    )
    .option('--tls-config <file>', "RocketMQ's tls.properties: keys, certificates and who is let in")
    .addOption(new Option('--log-level <level>', 'what is logged').choices(logLevels).default('warn'))
    .addOption(new Option('--log-format <format>', 'how it is logged').choices(['text', 'json']).default('text'));
}

export function port(text: string): number {
  const value = Number(text);
  if (!/^\d+$/.test(text) || value > 65_535) throw new InvalidArgumentError('a port is a number from 0 to 65535.');
  return value;
}

/** For an option that may be repeated. */
export function setting(text: string, earlier: readonly GivenSetting[]): readonly GivenSetting[] {
  const [, name, value] = /^([^=]+)=(.*)$/s.exec(text) ?? [];
  if (name === undefined) throw new InvalidArgumentError('a setting has the form name=value.');
  return [...earlier, { name: name.trim(), value: value.trim() }];
}

/** The settings of a properties file; none when none is named. @throws ConfigurationError */
export async function settingsOfFile(path: string | undefined): Promise<GivenSetting[]> {
  return path === undefined ? [] : readProperties(await textOf('configFile', path));
}

/** What a tls.properties says, with the files it names; nothing when none is named. @throws ConfigurationError */
export async function tlsOfFile(path: string | undefined): Promise<TlsConf> {
  if (path === undefined) return {};
  return tlsConf(readProperties(await textOf('tlsConfig', path)), (pem) => textOf('tlsConfig', pem));
}

async function textOf(field: string, path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8');
  } catch (cause) {
    throw new ConfigurationError(field, `${path} cannot be read; name an existing file`, { cause });
  }
}

export function loggerOf({ logLevel, logFormat }: ServerOptions, command: Command): Logger {
  const { debug } = command.optsWithGlobals<{ debug?: boolean }>();
  const level = debug === true ? 'debug' : logLevel;
  return logFormat === 'json' ? new JsonLinesLogger(level) : new ConsoleLogger(level);
}
