import { compare, type Result } from '../support/report.js';
import { LightClient } from './light-load.js';
import { residentMiB } from './process-use.js';
import { type Server, type ServerName, startApache, startOurs } from './servers.js';

/** From starting the process to the first acknowledged send, and the memory it holds then. */
export async function starts(rounds: number): Promise<Result[]> {
  const ms = new Map<ServerName, number[]>();
  const memory = new Map<ServerName, number[]>();
  for (let round = 0; round < rounds; round++) {
    for (const start of [startOurs, startApache]) {
      const begun = performance.now();
      const server = await start('ASYNC_FLUSH');
      try {
        await firstSend(server);
        add(ms, server, performance.now() - begun);
        add(memory, server, residentMiB(server.pid));
      } finally {
        await server.stop();
      }
    }
  }
  return [
    lineOf('start to the first acknowledged send', 'ms', ms),
    lineOf('memory after a start, without mapped files', 'MiB', memory),
  ];
}

/** The memory that loaded servers hold. */
export function memoryAfterwards(servers: readonly Server[]): Result {
  const memory = new Map<ServerName, number[]>();
  for (const server of servers) add(memory, server, residentMiB(server.pid));
  return lineOf('memory after all loads, without mapped files', 'MiB', memory);
}

function add(values: Map<ServerName, number[]>, { name }: Server, value: number): void {
  values.set(name, [...(values.get(name) ?? []), value]);
}

function lineOf(scenario: string, unit: string, values: Map<ServerName, number[]>): Result {
  const peer = { name: 'Apache 5.3.3', samples: values.get('Apache 5.3.3')! };
  return compare(scenario, unit, values.get('ours')!, peer, '≤ 0.125');
}

async function firstSend({ address }: Server): Promise<void> {
  const content = { topic: 'FirstSend', queues: 1, bytes: 128 };
  const client = await LightClient.connect({ ...content, address, connections: 1, inFlight: 1 });
  while ((await client.send(1)).acknowledged === 0);
  client.close();
}
