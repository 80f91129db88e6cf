import { join } from 'node:path';
import { Command } from 'commander';
import {
  isAccessControlled,
  resolveServerSettings,
  splitSettings,
  startBroker,
  startNameServer,
  type AccessOptions,
} from '../../engine/index.js';
import type { CliEnvironment } from '../cli-environment.js';
import { UsageError } from '../errors.js';
import { loggerOf, port, setting, tlsOfFile, withServerOptions } from './server-options.js';
import { brokerConfOf, serve, storeDirectoryOf, type BrokerOptionsGiven } from './serving.js';
import { brokerReport } from './start-report.js';

interface StartOptions extends BrokerOptionsGiven {
  namesrvPort: number;
  brokerPort?: number;
}

/** `rocketmq start` */
export function startCommand(environment: CliEnvironment): Command {
  return withServerOptions(new Command('start'))
    .description('a name server and a broker in one process, for this machine')
    .option('-c, --configFile <file>', "RocketMQ's broker.conf")
    .option('--store-dir <dir>', 'directory of the store (default: storePathRootDir, or ./store)')
    .option('--namesrv-port <port>', 'port of the name server; 0 takes a free one', port, 9876)
    .option('--broker-port <port>', 'port of the broker; 0 takes a free one (default: listenPort, or 10911)', port)
    .option('-s, --set <name=value>', "a broker's setting by RocketMQ's name; may be repeated", setting, [])
    .action(async (options: StartOptions, command: Command) => {
      const logger = loggerOf(options, command);
      const { settings, bindAddress, withoutEffect } = await brokerConfOf(options);
      const { server: tls, client } = await tlsOfFile(options.tlsConfig);
      const door = { host: options.host ?? bindAddress, insecure: options.insecure, tlsConfig: options.tlsConfig };
      const interruption = environment.interruption();
      const { storePathRootDir } = resolveServerSettings(settings);
      const kvConfigPath = join(storePathRootDir, 'namesrv/kvConfig.json');
      const { access } = splitSettings(settings);
      await using nameServer = await startNameServer({
        ...door,
        port: options.namesrvPort,
        settings: isAccessControlled(access) ? followingBroker(access, storePathRootDir) : access,
        kvConfigPath,
        logger,
      });
      const nameServers = [insideAddressOf(nameServer.boundAddress)];
      // What it meets there is itself, whatever name its certificate has.
      const nameServerTls = tls && { ...client, trustAll: true };
      const listenPort = options.brokerPort ?? settings.listenPort;
      await using broker = await startBroker({
        ...door,
        settings: { ...settings, listenPort },
        nameServers,
        nameServerTls,
        logger,
      });
      const storeDirectory = storeDirectoryOf(broker.settings);
      const report = brokerReport({ server: broker, nameServers, tls, access, withoutEffect, storeDirectory });
      const headline = `The name server and the broker have started; clients reach them by the name server ${nameServer.address}`;
      const data = { ...report.data, server: 'start', nameServerAddress: nameServer.address };
      await serve([broker, nameServer], { ...report, headline, data }, options, environment, interruption);
    });
}

/** The name server lets in whom the broker lets in, and the broker is one of them. @throws UsageError */
function followingBroker(access: Partial<AccessOptions>, storeDirectory: string): Partial<AccessOptions> {
  if (access.innerClientAuthenticationCredentials === undefined) {
    throw new UsageError(
      'with access control the broker has to sign, too: set innerClientAuthenticationCredentials={"accessKey":"…","secretKey":"…"}',
    );
  }
  return { ...access, authConfigPath: join(storeDirectory, 'config') };
}

/** How this process reaches itself. */
function insideAddressOf(boundAddress: string): string {
  return boundAddress.replace(/^0\.0\.0\.0:/, '127.0.0.1:').replace(/^\[::\]:/, '[::1]:');
}
