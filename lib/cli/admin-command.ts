import { Command } from 'commander';
import type { ClientTls, Clock, Engine } from '../engine/index.js';
import { UsageError } from './errors.js';
import { addTo, givenTo, valuesOf, type OptionTable, type OptionValues } from './option-table.js';
import type { Keyboard } from './output/keyboard.js';
import { tlsOfFile } from './servers/server-options.js';
import { Output } from './output/output.js';
import type { Terminal } from './output/terminal.js';

/** What the command line needs of its surroundings; tests have their own. */
export interface CliEnvironment {
  readonly terminal: Terminal;
  /** Absent when nobody types. */
  readonly keyboard?: Keyboard;
  readonly clock: Clock;
  readonly variables: Readonly<Record<string, string | undefined>>;
  /** @throws ConfigurationError an address that is none */
  connect(nameServers: readonly string[], tls?: ClientTls): Promise<Engine>;
  /** Aborted by the next SIGINT or SIGTERM; of those who never ask, these end the process as usual. */
  interruption(): AbortSignal;
}

/** What a command works with while it runs. */
export interface CommandContext {
  /** Stopped after the command. */
  readonly engine: Engine;
  readonly admin: Engine['admin'];
  readonly output: Output;
  readonly keyboard?: Keyboard;
  readonly clock: Clock;
  /** For what runs until it is interrupted. */
  readonly interruption: () => AbortSignal;
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
  | 'Export:'
  | 'Watching and mending:';

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
    for (const spec of Object.values(declared.options)) addTo(command, spec);
    return command
      .option('-n, --namesrvAddr <addresses>', 'host:port of each name server, separated by ; (or NAMESRV_ADDR)')
      .option('--tls-config <file>', "RocketMQ's tls.properties, for a cluster that speaks TLS (tls.enable=true)")
      .option('--json', 'print JSON')
      .action(async () => {
        const given = givenTo(command);
        const { namesrvAddr, tlsConfig, json } = command.opts<{
          namesrvAddr?: string;
          tlsConfig?: string;
          json?: true;
        }>();
        const { terminal, keyboard, clock, variables } = environment;
        const nameServers = nameServersOf(namesrvAddr ?? variables.NAMESRV_ADDR);
        await using engine = await environment.connect(nameServers, (await tlsOfFile(tlsConfig)).client);
        const output = new Output(terminal, json === true);
        const interruption = (): AbortSignal => environment.interruption();
        const context = { engine, admin: engine.admin, output, keyboard, clock, interruption, nameServers };
        await declared.run(context, valuesOf(declared.options, given));
      });
  };
}

/** Commands that belong together, as `rocketmq NAME COMMAND`. */
export function commandFamily(
  { name, group, about }: Pick<AdminCommand<OptionTable>, 'name' | 'group' | 'about'>,
  members: readonly CommandFactory[],
): CommandFactory {
  return (environment) => {
    const family = new Command(name).description(about).helpGroup(group);
    for (const create of members) family.addCommand(create(environment).helpGroup('Commands:'));
    return family;
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
