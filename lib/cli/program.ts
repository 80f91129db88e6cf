import { Command, InvalidArgumentError } from 'commander';
import type { CliEnvironment } from './admin-command.js';
import { adminCommands } from './commands/index.js';
import { ExitCode, reportOf } from './errors.js';
import { runBroker, runNameServer, runStart } from './servers.js';
import { storeCommands } from './store/store-commands.js';

/** Runs one command line. @returns the exit code */
export async function runCommandLine(words: readonly string[], environment: CliEnvironment): Promise<number> {
  const program = createProgram(environment);
  try {
    await program.parseAsync(words, { from: 'user' });
    return ExitCode.done;
  } catch (error) {
    const { exitCode, text } = reportOf(error, program.opts<{ debug?: boolean }>().debug === true);
    environment.terminal.err(text);
    return exitCode;
  }
}

export function createProgram(environment: CliEnvironment): Command {
  const { terminal } = environment;
  const program = new Command('rocketmq')
    .description('RocketMQ servers and tools in TypeScript, for everything that speaks Apache RocketMQ')
    .option('--debug', 'log more, and show stack traces')
    .commandsGroup('Servers and stores:');

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
  for (const create of adminCommands) program.addCommand(create(environment));
  for (const command of withSubcommands(program)) {
    command
      .exitOverride()
      .showHelpAfterError(`(rocketmq ${command === program ? '' : `${command.name()} `}--help shows what there is)`)
      .configureOutput({ writeOut: (text) => terminal.out(text), writeErr: (text) => terminal.err(text) });
  }
  return program;
}

function withSubcommands(command: Command): Command[] {
  return [command, ...command.commands.flatMap(withSubcommands)];
}

function port(text: string): number {
  const value = Number(text);
  if (!/^\d+$/.test(text) || value > 65_535) throw new InvalidArgumentError('a port is a number from 0 to 65535.');
  return value;
}

function collect(setting: string, earlier: readonly string[]): readonly string[] {
  if (!/^[^=]+=/.test(setting)) throw new InvalidArgumentError('a setting has the form name=value.');
  return [...earlier, setting];
}
