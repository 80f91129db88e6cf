import { Command } from 'commander';
import { startBroker } from '../../engine/index.js';
import type { CliEnvironment } from '../cli-environment.js';
import { nameServersOf, withNameServers } from '../cluster-connection.js';
import { brokerConfigText } from './print-config.js';
import { loggerOf, setting, tlsOfFile, withServerOptions } from './server-options.js';
import { brokerConfOf, serve, storeDirectoryOf, type BrokerOptionsGiven } from './serving.js';
import { brokerReport } from './start-report.js';

interface BrokerCommandOptions extends BrokerOptionsGiven {
  namesrvAddr?: string;
  printConfigItem?: true;
  printImportantConfig?: true;
}

/** `rocketmq broker` */
export function brokerCommand(environment: CliEnvironment): Command {
  return withNameServers(withServerOptions(new Command('broker')))
    .description('a broker')
    .option('-c, --configFile <file>', "RocketMQ's broker.conf")
    .option('--store-dir <dir>', 'directory of the store (storePathRootDir)')
    .option('-s, --set <name=value>', "a setting by RocketMQ's name; may be repeated", setting, [])
    .option('-p, --printConfigItem', 'print the settings it would run with, and end')
    .option('-m, --printImportantConfig', 'print the important ones of them, and end')
    .action(async (options: BrokerCommandOptions, command: Command) => {
      const { settings, bindAddress, withoutEffect } = await brokerConfOf(options);
      if (options.printConfigItem ?? options.printImportantConfig) {
        const text = brokerConfigText({ settings, withoutEffect }, options.printConfigItem === undefined);
        environment.terminal.out(`${text}\n`);
        return;
      }
      const addresses = options.namesrvAddr ?? settings.namesrvAddr ?? environment.variables.NAMESRV_ADDR;
      const nameServers = nameServersOf(addresses);
      const { server: tls, client: nameServerTls } = await tlsOfFile(options.tlsConfig);
      const interruption = environment.interruption();
      await using server = await startBroker({
        settings,
        nameServers,
        nameServerTls,
        tlsConfig: options.tlsConfig,
        host: options.host ?? bindAddress,
        insecure: options.insecure,
        logger: loggerOf(options, command),
      });
      const storeDirectory = storeDirectoryOf(server.settings);
      const report = brokerReport({ server, nameServers, tls, access: settings, withoutEffect, storeDirectory });
      await serve([server], report, options, environment, interruption);
    });
}
