import { Command } from 'commander';
import { nameServerConf, resolveNameServerOptions, startNameServer, type GivenSetting } from '../../engine/index.js';
import type { CliEnvironment } from '../cli-environment.js';
import { configText } from './print-config.js';
import {
  loggerOf,
  port,
  setting,
  settingsOfFile,
  tlsOfFile,
  withServerOptions,
  type ServerOptions,
} from './server-options.js';
import { serve } from './serving.js';
import { nameServerReport } from './start-report.js';

/** As the broker's store is by default in `store`, below the directory in which it was started. */
const KV_CONFIG_PATH = 'namesrv/kvConfig.json';

interface NameServerOptionsGiven extends ServerOptions {
  configFile?: string;
  port?: number;
  set: readonly GivenSetting[];
  printConfigItem?: true;
}

/** `rocketmq namesrv` */
export function nameServerCommand(environment: CliEnvironment): Command {
  return withServerOptions(new Command('namesrv'))
    .description('a name server')
    .option('-c, --configFile <file>', "RocketMQ's namesrv.conf")
    .option('-p, --port <port>', 'port; 0 takes a free one (default: listenPort, or 9876)', port)
    .option('-s, --set <name=value>', "a setting by RocketMQ's name; may be repeated", setting, [])
    .option('--printConfigItem', 'print the settings it would run with, and end')
    .action(async (options: NameServerOptionsGiven, command: Command) => {
      const conf = nameServerConf([...(await settingsOfFile(options.configFile)), ...options.set]);
      const { withoutEffect } = conf;
      if (options.printConfigItem) {
        environment.terminal.out(
          `${configText({ ...resolveNameServerOptions(conf.options), ...conf.connections }, withoutEffect)}\n`,
        );
        return;
      }
      const { server: tls } = await tlsOfFile(options.tlsConfig);
      const interruption = environment.interruption();
      await using server = await startNameServer({
        host: options.host ?? conf.bindAddress,
        port: options.port ?? conf.port,
        insecure: options.insecure,
        tlsConfig: options.tlsConfig,
        settings: { ...conf.options, ...conf.connections, ...conf.access },
        kvConfigPath: conf.kvConfigPath ?? KV_CONFIG_PATH,
        logger: loggerOf(options, command),
      });
      await serve(
        [server],
        nameServerReport({ server, tls, access: conf.access, withoutEffect }),
        options,
        environment,
        interruption,
      );
    });
}
