import { spawnSync } from 'node:child_process';
import { existsSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type { Requirement } from '../../support/requirements.js';
import { ClientProbe } from './client-probe.js';
import { JsonLinesProcess } from './json-lines-process.js';

const root = join(__dirname, '../python');
const environment = join(root, 'target/venv');

export const python: Requirement = findPython();

/** Apache's C++ client by its Python binding, installed into an environment of its own. */
export async function startPythonClient(): Promise<ClientProbe> {
  installWhenStale();
  const command = [join(environment, 'bin/python'), join(root, 'probe.py')];
  return new ClientProbe('Python', await JsonLinesProcess.start('Python client', command));
}

function installWhenStale(): void {
  const installed = join(environment, 'pyvenv.cfg');
  const wanted = join(root, 'requirements.txt');
  if (existsSync(installed) && statSync(installed).mtimeMs >= statSync(wanted).mtimeMs) return;
  run('python3', '-m', 'venv', environment);
  try {
    run(join(environment, 'bin/pip'), 'install', '-q', '-r', wanted);
  } catch (error) {
    rmSync(environment, { recursive: true });
    throw error;
  }
}

function run(command: string, ...words: string[]): void {
  const { status, stdout, stderr } = spawnSync(command, words, { encoding: 'utf8' });
  if (status !== 0) throw new Error(`${command} ${words.join(' ')} failed:\n${stdout}${stderr}`);
}

function findPython(): Requirement {
  const isLinux = process.platform === 'linux' && process.arch === 'x64';
  const met = isLinux && spawnSync('python3', ['-c', 'import ensurepip, venv']).status === 0;
  return { met, reason: 'needs Linux on x64 and python3 with venv on the PATH' };
}
