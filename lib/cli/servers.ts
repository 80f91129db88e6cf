import { readFile } from 'node:fs/promises';
import type { Command } from 'commander';
import {
  ConfigurationError,
  ConsoleLogger,
  parseBrokerProperties,
  parseServerSetting,
  startBroker,
  startEmbeddedEngine,
  startNameServer,
  type Logger,
  type ServerSettings,
} from '../engine/index.js';

interface SettingOptions {
  storeDir?: string;
  set: readonly string[];
}

/** `rocketmq start` */
export async function runStart(
  options: SettingOptions & { storeDir: string; host: string; namesrvPort: number; brokerPort: number },
  command: Command,
): Promise<void> {
  const engine = await startEmbeddedEngine({
    storeDir: options.storeDir,
    listen: { host: options.host, nameServerPort: options.namesrvPort, brokerPort: options.brokerPort },
    broker: settingsOf(options.set),
    logger: loggerOf(command),
  });
  stopOnSignal(() => engine.stop());
  print(
    `The name server and the broker have started; clients reach them by the name server ${engine.nameServerAddresses ?? ''}`,
  );
}

/** `rocketmq namesrv` */
export async function runNameServer(options: { host: string; port: number }, command: Command): Promise<void> {
  const server = await startNameServer({ ...options, logger: loggerOf(command) });
  stopOnSignal(() => server.stop());
  print(`The name server has started at ${server.address}`);
}

/** `rocketmq broker` */
export async function runBroker(
  options: SettingOptions & { namesrv: string; config?: string; host: string },
  command: Command,
): Promise<void> {
  const settings: ServerSettings = {
    ...(options.config === undefined ? {} : await readBrokerConf(options.config)),
    ...(options.storeDir === undefined ? {} : { storePathRootDir: options.storeDir }),
    ...settingsOf(options.set),
  };
  const server = await startBroker({
    settings,
    nameServers: options.namesrv.split(';').filter((address) => address !== ''),
    host: options.host,
    logger: loggerOf(command),
  });
  stopOnSignal(() => server.stop());
  print(`The broker has started at ${server.address}`);
}

async function readBrokerConf(path: string): Promise<ServerSettings> {
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (cause) {
    throw new ConfigurationError('config', `${path} cannot be read; name an existing broker.conf`, { cause });
  }
  return parseBrokerProperties(text);
}

function settingsOf(given: readonly string[]): ServerSettings {
  const pairs = given.map((setting): [string, unknown] => {
    const at = setting.indexOf('=');
    const name = setting.slice(0, at);
    return [name, parseServerSetting(name, setting.slice(at + 1))];
  });
  return Object.fromEntries(pairs);
}

function loggerOf(command: Command): Logger {
  const { debug } = command.optsWithGlobals<{ debug?: boolean }>();
  return new ConsoleLogger(debug ? 'debug' : 'warn');
}

/**
 * The first signal stops in order; a second one ends at once. To be called before the start is
 * announced: whoever waits for that may send one at once.
 */
function stopOnSignal(stop: () => Promise<void>): void {
  const onSignal = (): void => {
    process.removeListener('SIGINT', onSignal);
    process.removeListener('SIGTERM', onSignal);
    stop().then(
      () => print('Stopped.'),
      (error: unknown) => {
        process.stderr.write(`rocketmq: ${String(error)}\n`);
        process.exitCode = 1;
      },
    );
  };
  process.on('SIGINT', onSignal);
  process.on('SIGTERM', onSignal);
}

function print(line: string): void {
  process.stdout.write(`${line}\n`);
}
