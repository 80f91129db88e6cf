import { Command } from 'commander';
import { nameServerConf, resolveNameServerOptions, startNameServer } from '../../engine/index.js';
import type { CliEnvironment } from '../admin-command.js';
import { configText } from './print-config.js';
import { loggerOf, port, settingsOfFile, withServerOptions, type ServerOptions } from './server-options.js';
import { serve } from './serving.js';
import { nameServerReport } from './start-report.js';

interface NameServerOptionsGiven extends ServerOptions {
  configFile?: string;
  port?: number;
  printConfigItem?: true;
}

/** `rocketmq namesrv` */
export function nameServerCommand(environment: CliEnvironment): Command {
  return withServerOptions(new Command('namesrv'))
    .description('a name server')
    .option('-c, --configFile <file>', "RocketMQ's namesrv.conf")
    .option('-p, --port <port>', 'port; 0 takes a free one (default: listenPort, or 9876)', port)
    .option('--printConfigItem', 'print the settings it would run with, and end')
    .action(async (options: NameServerOptionsGiven, command: Command) => {
      const conf = nameServerConf(await settingsOfFile(options.configFile));
      const { withoutEffect } = conf;
      if (options.printConfigItem) {
        environment.terminal.out(`${configText(resolveNameServerOptions(conf.options), withoutEffect)}\n`);
        return;
      }
      const interruption = environment.interruption();
      await using server = await startNameServer({
        host: options.host ?? conf.bindAddress,
        port: options.port ?? conf.port,
        insecure: options.insecure,
        settings: conf.options,
        logger: loggerOf(options, command),
      });
      await serve([server], nameServerReport({ server, withoutEffect }), options, environment, interruption);
    });
}
