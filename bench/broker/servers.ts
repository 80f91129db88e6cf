import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { totalmem, tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { ApacheCluster } from '../../test/interop/support/apache-cluster.js';
import { OurCluster } from '../../test/interop/support/our-cluster.js';

export type Flush = 'ASYNC_FLUSH' | 'SYNC_FLUSH';
export type ServerName = 'ours' | 'Apache 5.3.3' | 'bare';

export interface Server {
  readonly name: ServerName;
  readonly pid: number;
  /** `host:port` that messages are sent to. */
  readonly address: string;
  readonly nameServer: string;
  stop(): Promise<void>;
}

/** Name server and broker as `rocketmq start` runs them, as it is built. */
export async function startOurs(flushDiskType: Flush): Promise<Server> {
  const cluster = await OurCluster.start({ isBuilt: true, properties: { flushDiskType, ...plenty } });
  return serverOf('ours', cluster);
}

/** Name server and broker of Apache's, in one process too, with the options of its runbroker.sh. */
export async function startApache(flushDiskType: Flush): Promise<Server> {
  const cluster = await ApacheCluster.start({ jvm, properties: { flushDiskType, ...plenty } });
  return serverOf('Apache 5.3.3', cluster);
}

/** The yardstick of bare-server.ts. */
export async function startBare(flushDiskType: Flush): Promise<Server> {
  const directory = mkdtempSync(join(tmpdir(), 'bare-server-'));
  const program = ['--import', './scripts/ts.mjs', 'bench/broker/bare-server.ts'];
  const child = spawn(process.execPath, [...program, join(directory, 'log'), flushDiskType], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const [port] = (await once(createInterface({ input: child.stdout }), 'line')) as [string];
  const stop = async (): Promise<void> => {
    const exited = once(child, 'exit');
    child.kill('SIGKILL');
    await exited;
    rmSync(directory, { recursive: true });
  };
  return { name: 'bare', pid: child.pid!, address: `127.0.0.1:${port}`, nameServer: '', stop };
}

/** The disk may be as full as it is. */
const plenty = { diskMaxUsedSpaceRatio: '95', enablePropertyFilter: 'true' };

/**
 * Apache's runbroker.sh asks for 8 GiB; a smaller machine gives it half of what it has. Without its
 * AlwaysPreTouch, which would only cost start time and memory.
 */
const heapGiB = Math.min(8, Math.floor(totalmem() / 2 ** 31));
const jvm = [
  `-Xms${heapGiB}g`,
  `-Xmx${heapGiB}g`,
  ...['-XX:+UseG1GC', '-XX:G1HeapRegionSize=16m', '-XX:G1ReservePercent=25'],
  ...['-XX:InitiatingHeapOccupancyPercent=30', '-XX:SoftRefLRUPolicyMSPerMB=0', '-XX:-OmitStackTraceInFastThrow'],
];

function serverOf(name: ServerName, cluster: OurCluster | ApacheCluster): Server {
  return {
    name,
    pid: cluster.pid,
    address: cluster.brokerAddress,
    nameServer: cluster.nameServerAddresses,
    stop: async () => cluster.stop(),
  };
}

/** Starts them one after the other for `use`, and stops what has started. */
export async function withServers<T>(
  starts: readonly (() => Promise<Server>)[],
  use: (servers: readonly Server[]) => Promise<T>,
): Promise<T> {
  const servers: Server[] = [];
  try {
    for (const start of starts) servers.push(await start());
    return await use(servers);
  } finally {
    for (const server of servers) await server.stop();
  }
}
