// One process of a comparison: the handling or the sending side of a transport, told by messages what to do.
import { randomBytes } from 'node:crypto';
import { lastValueFrom } from 'rxjs';
import { EVENT, REQUEST, startClient, startHandlers } from './bench-app.js';
import type { TransportName } from './transports.js';

export type Task =
  | { kind: 'count'; events: number }
  | { kind: 'emit' | 'request'; count: number; bytes: number; inFlight: number }
  | { kind: 'stop' };

/** What a process says when it is ready (number 0), and after each task. */
export interface Done {
  number: number;
  /** Of the ready one. */
  port?: number;
  /** Of count: how many came, until all were there or none came for a while. */
  counted?: number;
}

/** Events that have not come by then are lost. */
const PATIENCE_MS = 3000;

const [role, name, port] = process.argv.slice(2) as ['handlers' | 'client', TransportName, string];

let counted = 0;
let expected = Number.POSITIVE_INFINITY;
let allCame: () => void = () => undefined;
const onEvent = (): void => {
  if (++counted === expected) allCame();
};

const app = await (role === 'handlers' ? startHandlers(name, Number(port), onEvent) : startClient(name, Number(port)));

process.on('message', ({ number, task }: { number: number; task: Task }) => {
  perform(task).then(
    (done) => say({ ...done, number }),
    (error: unknown) => {
      console.error(error);
      process.exit(1);
    },
  );
});
say({ number: 0, port: app.port });

async function perform(task: Task): Promise<Omit<Done, 'number'>> {
  switch (task.kind) {
    case 'count':
      return { counted: await count(task.events) };
    case 'emit':
    case 'request':
      await send(task.kind, task.count, task.bytes, task.inFlight);
      return {};
    case 'stop':
      await app.stop();
      setImmediate(() => process.disconnect());
      return {};
  }
}

function count(events: number): Promise<number> {
  counted = 0;
  expected = events;
  return new Promise((resolve) => {
    let before = -1;
    const timer = setInterval(() => {
      if (counted === before && counted > 0) finish();
      before = counted;
    }, PATIENCE_MS);
    const finish = (): void => {
      clearInterval(timer);
      expected = Number.POSITIVE_INFINITY;
      resolve(counted);
    };
    allCame = finish;
  });
}

async function send(kind: 'emit' | 'request', total: number, bytes: number, inFlight: number): Promise<void> {
  const { client } = app;
  if (client === undefined) throw new Error(`${name} sends from a process of its own`);
  const payload = randomBytes(bytes).toString('base64').slice(0, bytes);
  let started = 0;
  const sender = async (): Promise<void> => {
    while (started++ < total)
      if (kind === 'emit') await lastValueFrom(client.emit(EVENT, payload), { defaultValue: undefined });
      else await lastValueFrom(client.send(REQUEST, payload));
  };
  await Promise.all(Array.from({ length: inFlight }, sender));
}

function say(done: Done): void {
  process.send?.(done);
}
