import { spawn } from 'node:child_process';
import { once } from 'node:events';
import type { DocBlock } from '../support/doc-blocks.js';

export interface Followed {
  /** Lines that the user writes: neither blank nor comments. */
  ownLines: number;
  printed: string;
}

/**
 * Does what the page says, step by step, in an empty folder: its commands as they are, but for the package itself,
 * which comes from the tarball; its other blocks as files. Ctrl-C once the program has printed what the page shows.
 */
export async function followQuickStart(
  steps: readonly DocBlock[],
  { directory, tarball }: { directory: string; tarball: string },
): Promise<Followed> {
  const expected = steps.find(({ language }) => language === 'text')?.code.trim();
  const source = steps.find(({ language }) => language === 'ts')?.code;
  if (expected === undefined || source === undefined) throw new Error('the page has no program, or no output');
  const script = steps.map((step) => commandsOf(step, tarball)).join('\n');

  const shell = spawn('bash', ['-euo', 'pipefail', '-c', script], {
    cwd: directory,
    // The cache of this machine, and nothing about it; npm would say more than the program.
    env: { ...process.env, NO_COLOR: '1', npm_config_prefer_offline: 'true', npm_config_audit: 'false' },
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: true, // a process group, so that Ctrl-C reaches the program
  });
  let printed = '';
  for (const stream of [shell.stdout, shell.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => {
      printed += text;
      if (printed.includes(`\n${expected}\n`) && shell.pid !== undefined) process.kill(-shell.pid, 'SIGINT');
    });
  }
  await once(shell, 'close');
  return { ownLines: source.split('\n').filter((line) => line !== '' && !line.startsWith('//')).length, printed };
}

function commandsOf({ language, code }: DocBlock, tarball: string): string {
  switch (language) {
    case 'bash':
      return code.replace('npm install nestjs-rocketmq', `npm install '${tarball}'`);
    case 'json':
      return fileOf('tsconfig.json', code);
    case 'ts':
      return fileOf('main.ts', code);
    default:
      return ''; // what is printed
  }
}

function fileOf(name: string, contents: string): string {
  return `cat > ${name} <<'END'\n${contents}END`;
}
