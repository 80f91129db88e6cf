import { once } from 'node:events';
import { createServer, type Server } from 'node:net';

const ATTEMPTS = 50;

/**
 * A port that is free together with its neighbours at `offsets`, for programs that can't be told to
 * take any. Nothing keeps it free until they do: ask right before starting.
 */
export async function freePorts(offsets: readonly number[]): Promise<number[]> {
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    const first = await listen(0);
    const base = (first.address() as { port: number }).port;
    const others = await Promise.allSettled(
      offsets.filter((offset) => offset !== 0).map((offset) => listen(base + offset)),
    );
    const opened = [first, ...others.flatMap((other) => (other.status === 'fulfilled' ? [other.value] : []))];
    await Promise.all(opened.map(close));
    if (others.every((other) => other.status === 'fulfilled')) return offsets.map((offset) => base + offset);
  }
  throw new Error(`no free ports at distances ${offsets.join(', ')}`);
}

async function listen(port: number): Promise<Server> {
  const server = createServer().listen(port, '127.0.0.1');
  await once(server, 'listening');
  return server;
}

async function close(server: Server): Promise<void> {
  server.close();
  await once(server, 'close');
}
