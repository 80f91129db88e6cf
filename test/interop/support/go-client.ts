import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import type { Requirement } from '../../support/requirements.js';
import { ClientProbe } from './client-probe.js';
import { JsonLinesProcess } from './json-lines-process.js';

const root = join(__dirname, '../go');

export const go: Requirement = findGo();

/** Apache's Go client; built when needed, which Go knows by itself. */
export async function startGoClient(): Promise<ClientProbe> {
  const built = spawnSync('go', ['build', '-o', 'target/probe', '.'], { cwd: root, encoding: 'utf8' });
  if (built.status !== 0) throw new Error(`go could not build test/interop/go:\n${built.stderr}`);
  return new ClientProbe('Go', await JsonLinesProcess.start('Go client', [join(root, 'target/probe')]));
}

function findGo(): Requirement {
  const { stdout } = spawnSync('go', ['version'], { encoding: 'utf8' });
  const [, major, minor] = /go(\d+)\.(\d+)/.exec(stdout ?? '') ?? [];
  const met = Number(major) > 1 || (Number(major) === 1 && Number(minor) >= 22);
  return { met, reason: 'needs Go 1.22 or newer on the PATH' };
}
