import type { Command, Option } from 'commander';

/** What can follow a command, for shells that complete words. */
export interface CommandNode {
  /** The words that lead here: `rocketmq dlq list`. */
  readonly path: string;
  readonly commands: readonly { readonly name: string; readonly about: string }[];
  readonly options: readonly OptionNode[];
}

export interface OptionNode {
  /** `-n` and `--namesrvAddr`, as far as there are both. */
  readonly names: readonly string[];
  readonly about: string;
  readonly takesValue: boolean;
  /** The values that are possible, where they are few. */
  readonly choices: readonly string[];
}

/** The tree of commander's commands, the root first. */
export function commandTree(command: Command, above = ''): CommandNode[] {
  const path = above === '' ? command.name() : `${above} ${command.name()}`;
  const commands = command.commands.map((each) => ({ name: each.name(), about: each.description() }));
  const help = { names: ['-h', '--help'], about: 'display help for command', takesValue: false, choices: [] };
  const node = { path, commands, options: [...command.options.map(optionNode), help] };
  return [node, ...command.commands.flatMap((each) => commandTree(each, path))];
}

function optionNode({ short, long, description, required, optional, argChoices }: Option): OptionNode {
  const names = [short, long].filter((name) => name !== undefined);
  return { names, about: description, takesValue: required || optional, choices: argChoices ?? [] };
}
