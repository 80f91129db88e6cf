#!/usr/bin/env node
import { Command, InvalidArgumentError } from 'commander';
import { RocketMqError } from '../engine/index.js';
import { storeCommands } from './store/store-commands.js';
import { runBroker, runNameServer, runStart } from './servers.js';

function port(text: string): number {
  const value = Number(text);
  if (!/^\d+$/.test(text) || value > 65_535) throw new InvalidArgumentError('a port is a number from 0 to 65535.');
  return value;
}

function collect(setting: string, earlier: readonly string[]): readonly string[] {
  if (!/^[^=]+=/.test(setting)) throw new InvalidArgumentError('a setting has the form name=value.');
  return [...earlier, setting];
}

const program = new Command('rocketmq')
  .description('RocketMQ servers in TypeScript, for clients and tools that speak Apache RocketMQ')
  .option('--debug', 'log more, and show stack traces')
  .showHelpAfterError();

program
  .command('start')
  .description('a name server and a broker in one process, for this machine')
  .option('--store-dir <dir>', 'directory of the store', 'store')
  .option('--host <ip>', 'address to bind', '127.0.0.1')
  .option('--namesrv-port <port>', 'port of the name server; 0 takes a free one', port, 9876)
  .option('--broker-port <port>', 'port of the broker; 0 takes a free one', port, 10911)
  .option('-s, --set <name=value>', "a broker's setting by RocketMQ's name; may be repeated", collect, [])
  .action(runStart);

program
  .command('namesrv')
  .description('a name server')
  .option('--host <ip>', 'address to bind', '127.0.0.1')
  .option('-p, --port <port>', 'port; 0 takes a free one', port, 9876)
  .action(runNameServer);

program
  .command('broker')
  .description('a broker')
  .requiredOption('-n, --namesrv <addresses>', 'host:port of each name server, separated by ;')
  .option('-c, --config <file>', "RocketMQ's broker.conf")
  .option('--host <ip>', 'address to bind', '127.0.0.1')
  .option('--store-dir <dir>', 'directory of the store (storePathRootDir)')
  .option('-s, --set <name=value>', "a setting by RocketMQ's name; may be repeated", collect, [])
  .action(runBroker);

program.addCommand(storeCommands());

program.parseAsync().catch((error: unknown) => {
  const isDebug = program.opts<{ debug?: boolean }>().debug === true;
  const isExpected = error instanceof RocketMqError && !isDebug;
  process.stderr.write(
    `rocketmq: ${isExpected ? error.message : error instanceof Error ? error.stack : String(error)}\n`,
  );
  process.exitCode = 1;
});
