import { spawn, type StdioOptions } from 'node:child_process';
import {
  closeSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import ts from 'typescript';

const root = join(__dirname, '../..');
const PROGRAM_LIMIT_MS = 30_000;

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
    writeFileSync(join(this.project, 'package.json'), '{ "private": true, "type": "module" }');
  }

  /** Writes a source into the project, as JavaScript: what the compiler makes of it. @param name such as main.ts */
  write(name: string, source: string): void {
    const { outputText } = ts.transpileModule(source, {
      compilerOptions: {
        target: ts.ScriptTarget.ES2022,
        module: ts.ModuleKind.ESNext,
        experimentalDecorators: true,
        emitDecoratorMetadata: true,
      },
    });
    writeFileSync(join(this.project, name.replace(/\.ts$/, '.js')), outputText);
  }

  /**
   * Runs a program of the project until it ends by itself, or has printed what it is expected to; then it gets the
   * Ctrl-C that a reader would give it.
   * @param name such as main.ts
   * @returns what it printed, without Nest's own lines
   */
  async runProgram(name: string, expected?: RegExp): Promise<string> {
    const child = this.spawn(process.execPath, ['--enable-source-maps', name.replace(/\.ts$/, '.js')], this.project, [
      'ignore',
      'pipe',
      'pipe',
    ]);
    const limit = setTimeout(() => child.kill('SIGKILL'), PROGRAM_LIMIT_MS);
    let printed = '';
    let isDone = false;
    for (const stream of [child.stdout, child.stderr]) {
      stream?.setEncoding('utf8').on('data', (text: string) => {
        printed = (printed + text).replace(/^\[Nest\] .*\n/gm, '');
        if (isDone || expected?.test(printed) !== true) return;
        isDone = true;
        child.kill('SIGINT');
      });
    }
    const code = await new Promise<number | null>((resolve, reject) => child.on('error', reject).on('close', resolve));
    clearTimeout(limit);
    if (code !== 0 && !isDone) {
      const outcome = code === null ? 'did not print in time what the page shows' : `ended with ${code}`;
      throw new Error(`${name} ${outcome}:\n${printed}`);
    }
    return printed;
  }

  /** Runs a block of shell commands, which must all succeed. @returns what they printed */
  async run(commands: string, where: 'project' | 'repository'): Promise<string> {
    // Into a file: a pipe would stay open for as long as what the block left running.
    const printed = join(this.home, 'printed');
    const output = openSync(printed, 'w');
    const directory = where === 'project' ? this.project : root;
    const shell = this.spawn('bash', ['-euo', 'pipefail', '-c', commands], directory, ['ignore', output, output]);
    closeSync(output);
    const code = await new Promise<number | null>((resolve, reject) => shell.on('error', reject).on('exit', resolve));
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

  private spawn(command: string, args: readonly string[], cwd: string, stdio: StdioOptions): ReturnType<typeof spawn> {
    const inherited = Object.entries(process.env).filter(
      ([name]) => !/^(TEST|JEST)_|^(NODE_ENV|FORCE_COLOR)$/.test(name),
    );
    const child = spawn(command, args, {
      cwd,
      env: { ...Object.fromEntries(inherited), NO_COLOR: '1' },
      stdio,
      detached: true, // a process group, so that all of it can be ended
    });
    if (child.pid) this.started.push(child.pid);
    return child;
  }
}
