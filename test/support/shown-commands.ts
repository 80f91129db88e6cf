import type { DocBlock } from './doc-blocks.js';

export interface ShownCommand {
  command: string;
  printed: string;
  isInterrupted: boolean;
}

export interface ShownBlock {
  line: number;
  commands: ShownCommand[];
}

const TRANSCRIPTS = 'test/integration/cli/transcripts.test.ts';

/**
 * What the blocks of the page on the command line show: `$ command` lines, each with what it prints below; `…`
 * stands for what differs from run to run, a last `^C` for being interrupted.
 */
export function shownCommands(blocks: readonly DocBlock[]): ShownBlock[] {
  return blocks
    .filter(({ test }) => test === TRANSCRIPTS)
    .map(({ line, code }) => ({ line, commands: commandsOf(code) }));
}

function commandsOf(code: string): ShownCommand[] {
  return code
    .split(/^\$ /m)
    .slice(1)
    .map((text) => {
      const [command, ...printed] = text.split('\n');
      const lines = printed.filter((line) => line !== '^C');
      return { command, printed: lines.join('\n').trimEnd(), isInterrupted: lines.length < printed.length };
    });
}
