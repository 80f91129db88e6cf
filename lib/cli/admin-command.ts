import { Command } from 'commander';
import type { Clock, Engine } from '../engine/index.js';
import type { CliEnvironment } from './cli-environment.js';
import { connectTo, withClusterOptions, type ClusterOptions } from './cluster-connection.js';
import { addTo, givenTo, valuesOf, type OptionTable, type OptionValues } from './option-table.js';
import type { Keyboard } from './output/keyboard.js';
import { Output } from './output/output.js';

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
  | 'Users:'
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
    return withClusterOptions(command)
      .option('--json', 'print JSON')
      .action(async () => {
        const given = givenTo(command);
        const options = command.opts<ClusterOptions & { json?: true }>();
        const { terminal, keyboard, clock } = environment;
        const { engine: connected, nameServers } = await connectTo(options, environment);
        await using engine = connected;
        const output = new Output(terminal, options.json === true);
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
