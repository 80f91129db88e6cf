import { Command } from 'commander';
import type { Clock, Engine } from '../engine/index.js';
import { UsageError } from './errors.js';
import { commanderOption, valuesOf, type OptionTable, type OptionValues } from './option-table.js';
import { Output } from './output/output.js';
import type { Terminal } from './output/terminal.js';

/** What the command line needs of its surroundings; tests have their own. */
export interface CliEnvironment {
  readonly terminal: Terminal;
  readonly clock: Clock;
  readonly variables: Readonly<Record<string, string | undefined>>;
  /** @throws ConfigurationError an address that is none */
  connect(nameServers: readonly string[]): Promise<Engine>;
  /** Aborted by the next SIGINT or SIGTERM; of those who never ask, these end the process as usual. */
  interruption(): AbortSignal;
}

/** What a command works with while it runs. */
export interface CommandContext {
  /** Stopped after the command. */
  readonly engine: Engine;
  readonly admin: Engine['admin'];
  readonly output: Output;
  readonly clock: Clock;
  /** For what runs until it is interrupted. */
  interruption(): AbortSignal;
  readonly nameServers: readonly string[];
}

/** In the order of `--help`. */
export type HelpGroup =
  | 'Topics:'
  | 'Consumer groups:'
  | 'Messages:'
  | 'Offsets:'
  | 'Clients:'
  | 'Brokers:'
  | 'Cluster:'
  | 'Name servers:'
  | 'Export:';

/** A command on a cluster: its name and options are those of Apache's mqadmin where that has it. */
export interface AdminCommand<Table extends OptionTable> {
  readonly name: string;
  readonly group: HelpGroup;
  readonly about: string;
  readonly options: Table;
  run(context: CommandContext, options: OptionValues<Table>): Promise<void>;
}

export type CommandFactory = (environment: CliEnvironment) => Command;

/** Adds what every command on a cluster has: name servers, JSON, a connection that ends with it. */
export function adminCommand<Table extends OptionTable>(declared: AdminCommand<Table>): CommandFactory {
  return (environment) => {
    const command = new Command(declared.name).description(declared.about).helpGroup(declared.group);
    for (const spec of Object.values(declared.options)) command.addOption(commanderOption(spec));
    return command
      .option('-n, --namesrvAddr <addresses>', 'host:port of each name server, separated by ; (or NAMESRV_ADDR)')
      .option('--json', 'print JSON')
      .action(async (given: Record<string, unknown> & { namesrvAddr?: string; json?: true }) => {
        const { terminal, clock, variables } = environment;
        const nameServers = nameServersOf(given.namesrvAddr ?? variables.NAMESRV_ADDR);
        await using engine = await environment.connect(nameServers);
        const output = new Output(terminal, given.json === true);
        const interruption = (): AbortSignal => environment.interruption();
        const context = { engine, admin: engine.admin, output, clock, interruption, nameServers };
        await declared.run(context, valuesOf(declared.options, given));
      });
  };
}

export function nameServersOf(addresses = ''): string[] {
  const list = addresses
    .split(';')
    .map((address) => address.trim())
    .filter((address) => address !== '');
  if (list.length === 0) throw new UsageError('no name server: give -n host:port, or set NAMESRV_ADDR');
  return list;
}
