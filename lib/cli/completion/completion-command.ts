import { Argument, Command } from 'commander';
import type { CliEnvironment } from '../cli-environment.js';
import { bashCompletion } from './bash-completion.js';
import { commandTree } from './command-tree.js';
import { fishCompletion } from './fish-completion.js';
import { zshCompletion } from './zsh-completion.js';

const scripts = { bash: bashCompletion, zsh: zshCompletion, fish: fishCompletion };
type Shell = keyof typeof scripts;

/** `rocketmq completion SHELL` */
export function completionCommand({ terminal }: CliEnvironment): Command {
  const completion = new Command('completion')
    .description('prints what a shell needs to complete these commands: source <(rocketmq completion bash)')
    .addArgument(new Argument('<shell>', 'which shell').choices(Object.keys(scripts)))
    .action((shell: Shell) => {
      const program = completion.parent ?? completion;
      terminal.out(scripts[shell](commandTree(program)));
    });
  return completion;
}
