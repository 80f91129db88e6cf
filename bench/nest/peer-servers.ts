import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { connect, createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';

/** A server of another messaging system, in a directory of its own, on loopback. */
export interface PeerServer {
  readonly port: number;
  stop(): Promise<void>;
}

export type PeerServerName = 'redis-server' | 'nats-server' | 'rabbitmq-server';

/** Beside the PATH: Debian's own wrapper of RabbitMQ wants its own user and directories. */
const searchPath = `/usr/lib/rabbitmq/bin:${process.env.PATH ?? ''}`;

/** Whether this machine has it; Debian's package has its name. */
export function isInstalled(program: PeerServerName): boolean {
  return spawnSync('sh', ['-c', `command -v ${program}`], { env: { PATH: searchPath } }).status === 0;
}

const START_LIMIT_MS = 60_000;

/** @throws Error it does not listen within a minute */
export async function startPeerServer(program: PeerServerName): Promise<PeerServer> {
  const directory = mkdtempSync(join(tmpdir(), 'bench-nest-'));
  const port = await freePort();
  const { args, env, afterwards } = await launch(program, port, directory);
  const child = spawn(program, args, {
    cwd: directory,
    env: { ...process.env, PATH: searchPath, ...env },
    stdio: 'ignore',
    detached: true,
  });
  const stop = async (): Promise<void> => {
    await end(child);
    afterwards?.();
    rmSync(directory, { recursive: true, force: true });
  };
  try {
    await listens(port, child);
  } catch (error) {
    await stop();
    throw error;
  }
  return { port, stop };
}

interface Launch {
  args: string[];
  env?: Record<string, string>;
  /** What the server leaves running. */
  afterwards?(): void;
}

async function launch(program: PeerServerName, port: number, directory: string): Promise<Launch> {
  switch (program) {
    case 'redis-server':
      return { args: ['--port', String(port), '--bind', '127.0.0.1', '--save', '', '--appendonly', 'no'] };
    case 'nats-server':
      return { args: ['-a', '127.0.0.1', '-p', String(port)] };
    case 'rabbitmq-server': {
      const config = join(directory, 'rabbitmq.conf');
      const base = join(directory, 'data');
      const portMapper = String(await freePort());
      mkdirSync(base);
      writeFileSync(config, `listeners.tcp.1 = 127.0.0.1:${port}\n`);
      return {
        args: [],
        env: {
          HOME: directory,
          RABBITMQ_NODENAME: `bench${port}@localhost`,
          RABBITMQ_CONFIG_FILE: config,
          RABBITMQ_MNESIA_BASE: base,
          RABBITMQ_LOG_BASE: join(directory, 'log'),
          RABBITMQ_ENABLED_PLUGINS_FILE: join(directory, 'plugins'),
          RABBITMQ_DIST_PORT: String(await freePort()),
          RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS: '-kernel inet_dist_use_interface {127,0,0,1}',
          ERL_EPMD_ADDRESS: '127.0.0.1',
          ERL_EPMD_PORT: portMapper,
        },
        afterwards: () => spawnSync('epmd', ['-port', portMapper, '-kill']),
      };
    }
  }
}

async function listens(port: number, child: ChildProcess): Promise<void> {
  const deadline = Date.now() + START_LIMIT_MS;
  while (Date.now() < deadline && child.exitCode === null) {
    const socket = connect(port, '127.0.0.1');
    const isOpen = await Promise.race([
      once(socket, 'connect').then(
        () => true,
        () => false,
      ),
      pause(1000, false),
    ]);
    socket.destroy();
    if (isOpen) return;
    await pause(100);
  }
  throw new Error(`${child.spawnfile} does not listen on port ${port}`);
}

/** With all it has started. */
async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.pid === undefined) return;
  const exited = once(child, 'exit');
  process.kill(-child.pid, 'SIGTERM');
  await Promise.race([exited, pause(5000)]);
  try {
    process.kill(-child.pid, 'SIGKILL');
  } catch {
    // nothing of it is left
  }
}

export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}
