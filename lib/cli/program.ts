import { Command } from 'commander';
import type { CliEnvironment } from './cli-environment.js';
import { adminCommands } from './commands/index.js';
import { completionCommand } from './completion/completion-command.js';
import { dlq } from './dlq/index.js';
import { doctor } from './doctor/doctor.js';
import { ExitCode, reportOf } from './errors.js';
import { outbox } from './outbox/index.js';
import { brokerCommand } from './servers/broker-command.js';
import { nameServerCommand } from './servers/name-server-command.js';
import { startCommand } from './servers/start-command.js';
import { storeCommands } from './store/store-commands.js';
import { tail } from './tail/tail.js';
import { top } from './top/top.js';
import { tx } from './tx/index.js';

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

  for (const create of [startCommand, nameServerCommand, brokerCommand]) program.addCommand(create(environment));
  program.addCommand(storeCommands(environment));
  program.addCommand(completionCommand(environment));
  for (const create of [top, tail, dlq, tx, outbox, doctor, ...adminCommands]) program.addCommand(create(environment));
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
