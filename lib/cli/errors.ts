import { inspect } from 'node:util';
import { CommanderError } from 'commander';
import { RocketMqError } from '../engine/index.js';

/** How a run ends: done; refused, not found or unreachable; called wrongly. */
export const ExitCode = { done: 0, failed: 1, usage: 2 } as const;

/** Options that don't go together, or one that is missing for this case. The message names the remedy. */
export class UsageError extends Error {}

/** What was asked for is not there, or was not done. */
export class CommandError extends Error {}

/** @returns the exit code, and what to print; nothing when commander has said it */
export function reportOf(error: unknown, isDebug: boolean): { exitCode: number; text: string } {
  if (error instanceof CommanderError)
    return { exitCode: error.exitCode === 0 ? ExitCode.done : ExitCode.usage, text: '' };
  const isExpected = error instanceof RocketMqError || error instanceof CommandError || error instanceof UsageError;
  const exitCode = error instanceof UsageError ? ExitCode.usage : ExitCode.failed;
  return { exitCode, text: `rocketmq: ${isDebug ? withStack(error) : messageOf(error, isExpected)}\n` };
}

function withStack(error: unknown): string {
  return error instanceof Error ? inspect(error) : String(error);
}

/** In one line; what nobody foresaw says how to learn more. */
function messageOf(error: unknown, isExpected: boolean): string {
  const message = (error instanceof Error ? error.message : String(error)).replace(/\s*\n\s*/g, ' ');
  return isExpected ? message : `${message} (unexpected; --debug shows where)`;
}
