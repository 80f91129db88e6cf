import type { Command } from 'commander';
import type { Engine } from '../engine/index.js';
import type { CliEnvironment } from './cli-environment.js';
import { credentialsOf } from './credentials.js';
import { UsageError } from './errors.js';
import { tlsOfFile } from './servers/server-options.js';

/** How a command reaches a cluster. */
export interface ClusterOptions {
  namesrvAddr?: string;
  tlsConfig?: string;
  toolsConfig?: string;
}

/** Adds the options of ClusterOptions. */
export function withClusterOptions(command: Command): Command {
  return withNameServers(command)
    .option('--tls-config <file>', "RocketMQ's tls.properties, for a cluster that speaks TLS (tls.enable=true)")
    .option(
      '--tools-config <file>',
      "RocketMQ's tools.yml: the accessKey and secretKey that requests are signed with " +
        '(or ROCKETMQ_ACCESS_KEY and ROCKETMQ_SECRET_KEY, or conf/tools.yml of ROCKETMQ_HOME)',
    );
}

export function withNameServers(command: Command): Command {
  return command.option(
    '-n, --namesrvAddr <addresses>',
    'host:port of each name server, separated by ; (or NAMESRV_ADDR)',
  );
}

/** @throws UsageError, CommandError, ConfigurationError */
export async function connectTo(
  { namesrvAddr, tlsConfig, toolsConfig }: ClusterOptions,
  environment: CliEnvironment,
): Promise<{ readonly engine: Engine; readonly nameServers: readonly string[] }> {
  const nameServers = nameServersOf(namesrvAddr ?? environment.variables.NAMESRV_ADDR);
  const { client: tls } = await tlsOfFile(tlsConfig);
  const credentials = await credentialsOf(toolsConfig, environment.variables);
  return { engine: await environment.connect(nameServers, { tls, credentials }), nameServers };
}

/** @throws UsageError */
export function nameServersOf(addresses = ''): string[] {
  const list = addresses
    .split(';')
    .map((address) => address.trim())
    .filter((address) => address !== '');
  if (list.length === 0) throw new UsageError('no name server: give -n host:port, or set NAMESRV_ADDR');
  return list;
}
