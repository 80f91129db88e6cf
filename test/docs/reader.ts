import { spawn } from 'node:child_process';
import { closeSync, mkdirSync, mkdtempSync, openSync, readdirSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const root = join(__dirname, '../..');

/**
 * Somebody who follows a page from top to bottom, in an empty project that has this package and its peers installed.
 * What a block leaves running, such as a broker, is there for the next block and ends with the page.
 */
export class Reader implements Disposable {
  private readonly home = mkdtempSync(join(tmpdir(), 'nestjs-rocketmq-docs-'));
  private readonly project = join(this.home, 'project');
  private readonly started: number[] = [];

  constructor() {
    const modules = join(this.project, 'node_modules');
    mkdirSync(join(modules, '.bin'), { recursive: true });
    for (const name of readdirSync(join(root, 'node_modules'))) {
      if (!name.startsWith('.')) symlinkSync(join(root, 'node_modules', name), join(modules, name));
    }
    symlinkSync(root, join(modules, 'nestjs-rocketmq'));
    symlinkSync(join(root, 'dist/esm/cli/main.js'), join(modules, '.bin/rocketmq'));
  }

  /** Runs a block of shell commands, which must all succeed. @returns what they printed */
  async run(commands: string, where: 'project' | 'repository'): Promise<string> {
    // Into a file: a pipe would stay open for as long as what the block left running.
    const printed = join(this.home, 'printed');
    const output = openSync(printed, 'w');
    const shell = spawn('bash', ['-euo', 'pipefail', '-c', commands], {
      cwd: where === 'project' ? this.project : root,
      env: Object.fromEntries(Object.entries(process.env).filter(([name]) => !/^(TEST|JEST)_|^NODE_ENV$/.test(name))),
      stdio: ['ignore', output, output],
      detached: true, // a process group, so that all of it can be ended
    });
    closeSync(output);
    const code = await new Promise<number | null>((resolve, reject) => {
      shell.on('error', reject).on('exit', resolve);
      if (shell.pid) this.started.push(shell.pid);
    });
    const text = readFileSync(printed, 'utf8');
    if (code !== 0) throw new Error(`The commands ended with ${code}:\n${text}`);
    return text;
  }

  [Symbol.dispose](): void {
    for (const pid of this.started) {
      try {
        process.kill(-pid, 'SIGKILL');
      } catch {
        // Nothing of that block was left running.
      }
    }
    rmSync(this.home, { recursive: true });
  }
}
