import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { chownSync, existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { DataSource } from 'typeorm';
import type { Requirement } from './requirements.js';

const nobody = 65_534;
const isRoot = process.getuid?.() === 0;
/** MariaDB refuses to run as root; whoever is root runs it as nobody. */
const identity = isRoot ? { uid: nobody, gid: nobody } : {};
const programs = find('mariadbd', 'mariadb-install-db');

export const mariaDbRequirement: Requirement = {
  met: programs !== undefined,
  reason: 'needs MariaDB: mariadbd and mariadb-install-db, of the package mariadb-server',
};

/** A server of its own with an empty database, reached by a socket in its directory; gone after stop(). */
export class MariaDbServer {
  private constructor(
    private readonly directory: string,
    private readonly child: ChildProcess,
  ) {}

  static async start(): Promise<MariaDbServer> {
    if (programs === undefined) throw new Error(mariaDbRequirement.reason);
    const directory = mkdtempSync(join(tmpdir(), 'rmq-mariadb-'));
    if (identity.uid !== undefined) chownSync(directory, identity.uid, identity.gid);
    const data = join(directory, 'data');
    const options = { ...identity, cwd: directory, encoding: 'utf8' } as const;
    const common = ['--no-defaults', `--datadir=${data}`];
    const install = [...common, '--auth-root-authentication-method=normal', '--skip-test-db', '--skip-name-resolve'];
    const installed = spawnSync(programs[1], install, options);
    if (installed.status !== 0) throw new Error(`mariadb-install-db failed: ${installed.stderr}${installed.stdout}`);

    const settings = [
      ...common,
      `--socket=${join(directory, 'socket')}`,
      `--pid-file=${join(directory, 'pid')}`,
      '--skip-networking',
      // A killed server loses nothing by these, only a power cut would.
      ...['--innodb-flush-log-at-trx-commit=2', '--skip-innodb-doublewrite', '--innodb-buffer-pool-size=32M'],
    ];
    const child = spawn(programs[0], settings, { ...options, stdio: ['ignore', 'ignore', 'pipe'] });
    const log: string[] = [];
    for await (const line of createInterface(child.stderr)) {
      log.push(line);
      if (line.includes('ready for connections')) {
        child.stderr.resume();
        return new MariaDbServer(directory, child);
      }
    }
    throw new Error(`mariadbd did not start: ${log.join('\n')}`);
  }

  dataSource(poolSize = 16): DataSource {
    const socketPath = join(this.directory, 'socket');
    return new DataSource({ type: 'mariadb', socketPath, username: 'root', database: 'mysql', poolSize });
  }

  async stop(): Promise<void> {
    const exited = once(this.child, 'exit');
    this.child.kill('SIGTERM');
    await exited;
    rmSync(this.directory, { recursive: true, force: true });
  }
}

/** Where distributions put servers, which is not on everybody's PATH. */
function find(...names: string[]): string[] | undefined {
  const folders = [...(process.env.PATH ?? '').split(':'), '/usr/sbin', '/usr/local/sbin'];
  const found = names.flatMap((name) => folders.map((folder) => join(folder, name)).find(existsSync) ?? []);
  return found.length === names.length ? found : undefined;
}
