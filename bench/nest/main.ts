// Events from emit() to their handler and request round trips, ours beside Nest's own transports: two
// processes, and the server of each as Debian packages it (a missing one is skipped). Ours has the
// broker in the handling process, with a log on the disk. `--only 'RocketMQ embedded,Redis'`: some of the
// transports.
import { compare, readBenchOptions, report, withAim, type Result } from '../support/report.js';
import { BenchProcess } from './bench-process.js';
import { freePort, isInstalled, startPeerServer } from './peer-servers.js';
import { isRocket, transports, type TransportName } from './transports.js';

const options = readBenchOptions();
const { rounds, events, requests } = options.quick
  ? { rounds: 1, events: 5_000, requests: 2_000 }
  : { rounds: 5, events: 100_000, requests: 20_000 };

interface Load {
  scenario: string;
  kind: 'emit' | 'request';
  bytes: number;
  inFlight: number;
}

const loads: readonly Load[] = [128, 1024].flatMap((bytes) => [
  { scenario: `events of ${bytes} B`, kind: 'emit', bytes, inFlight: 256 },
  { scenario: `requests of ${bytes} B, 1 in flight`, kind: 'request', bytes, inFlight: 1 },
  { scenario: `requests of ${bytes} B, 64 in flight`, kind: 'request', bytes, inFlight: 64 },
]);

/** Times the peer's figure that are aimed at. */
const aims: Partial<Record<TransportName, Partial<Record<TransportName, Record<Load['kind'], number>>>>> = {
  'RocketMQ by TCP': {
    NATS: { emit: 1, request: 1 },
    'RMQ durable': { emit: 5, request: 5 },
    Redis: { emit: 1, request: 1.5 },
  },
  'RocketMQ embedded': { TCP: { emit: 1, request: 1 } },
};

const at = process.argv.indexOf('--only');
const only = at < 0 ? undefined : process.argv[at + 1].split(',');

const present = transports.filter(({ name, server }) => {
  if (only !== undefined && !only.includes(name)) return false;
  if (server === undefined || isInstalled(server)) return true;
  console.log(`${name}: skipped, ${server} is not installed`);
  return false;
});

const figures = new Map<string, number[]>();
for (let round = 0; round < rounds; round++) for (const { name } of present) await runTransport(name);
report(loads.flatMap(comparisons), options);

async function runTransport(name: TransportName): Promise<void> {
  const program = transports.find((one) => one.name === name)?.server;
  const server = program && (await startPeerServer(program));
  try {
    const handlers = await BenchProcess.start('handlers', name, server?.port ?? (await freePort()));
    const sender = isAlone(name) ? handlers : await BenchProcess.start('client', name, handlers.port);
    // The compiler learns; from fewer it would go on learning while the first load is measured.
    await measure(name, [handlers, sender], loads[0], 20_000);
    await measure(name, [handlers, sender], loads[2], 4_000);
    for (const load of loads) {
      const perSecond = await measure(name, [handlers, sender], load, load.kind === 'emit' ? events : requests);
      const key = `${load.scenario} ${name}`;
      figures.set(key, [...(figures.get(key) ?? []), perSecond]);
    }
    if (sender !== handlers) await sender.stop();
    await handlers.stop();
  } finally {
    await server?.stop();
  }
}

/** @returns events handled, or requests answered, per second */
async function measure(
  name: TransportName,
  [handlers, sender]: readonly BenchProcess[],
  load: Omit<Load, 'scenario'>,
  most: number,
): Promise<number> {
  const { kind, bytes, inFlight } = load;
  const count = kind === 'request' && inFlight === 1 ? most / 4 : most;
  const handled = kind === 'emit' ? handlers.perform({ kind: 'count', events: count }) : undefined;
  const began = performance.now();
  const sent = sender.perform({ kind, count, bytes, inFlight });
  const { counted = count } = await (handled ?? sent);
  const seconds = (performance.now() - began) / 1000;
  await sent;
  if (counted < count) console.log(`${name}, ${kind}: ${count - counted} of ${count} were lost`);
  return counted / seconds;
}

/** Sender and handler are one application. */
function isAlone(name: TransportName): boolean {
  return name === 'RocketMQ embedded' || name === 'RocketMQ in a thread';
}

/** Ours by TCP beside each peer; ours inside the application beside Nest's TCP transport. */
function comparisons(load: Load): Result[] {
  const ours = present.map(({ name }) => name).filter(isRocket);
  return ours.flatMap((ours) =>
    present
      .filter(({ name }) => !isRocket(name) && (!isAlone(ours) || name === 'TCP'))
      .map(({ name, isDurable }) => {
        const peer = { name: `${name}${isDurable ? '' : ', not durable'}`, samples: samples(load, name) };
        const result = compare(`${load.scenario}, ${ours}`, '1/s', samples(load, ours), peer);
        const factor = aims[ours]?.[name]?.[load.kind];
        return factor === undefined ? result : withAim(result, `≥ ${factor} ×`, (_, ratio) => ratio >= factor);
      }),
  );
}

function samples({ scenario }: Load, name: TransportName): number[] {
  return figures.get(`${scenario} ${name}`) ?? [];
}
