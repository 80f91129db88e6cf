// The thread of a worker engine (see worker-engine.ts): name server and broker, reached by ports.
import { packError } from './common/error-parcel.js';
import { PeriodicTask } from './common/periodic-task.js';
import { startEmbeddedEngine } from './embedded-engine.js';
import type { Engine } from './engine.js';
import { parseHostAddress } from './message/host-address.js';
import { NodeClock } from './platform/node-clock.js';
import { ThreadNetwork } from './platform/thread-network.js';
import { thisThread } from './platform/worker-thread.js';
import type { LogFields, Logger } from './ports/logger.js';
import { TcpAcceptor } from './remoting/tcp-transport.js';
import { nodePorts } from './servers/node-ports.js';
import type { FromServers, LogLevelName, LogParcel, ThreadTask, ToServers } from './servers/thread-messages.js';

/** How old they may be for who asks. */
const FIGURES_INTERVAL_MS = 5000;

const { data, parent } = thisThread();
const network = new ThreadNetwork();
const logger: Logger = {
  debug: tellLog('debug'),
  info: tellLog('info'),
  warn: tellLog('warn'),
  error: tellLog('error'),
};

const doors: string[] = [];
const starting = startEmbeddedEngine({ ...(data as ThreadTask), logger }, (address) => {
  doors.push(address);
  return new TcpAcceptor({ ...nodePorts({ network, logger }), ...parseHostAddress(address) });
});

parent.on('message', (message: ToServers) => {
  if (message.kind === 'connect') network.take(message);
  else void stop();
});

const figures = new PeriodicTask({
  clock: new NodeClock(),
  intervalMs: FIGURES_INTERVAL_MS,
  run: async () => tellFigures(await starting),
  onError: (error) => logger.error('figures of the broker could not be told', { error }),
});

starting.then((engine) => {
  tellFigures(engine);
  figures.start();
  say({ kind: 'started', nameServerAddress: doors[0], publicAddresses: engine.nameServerAddresses });
}, end);

async function stop(): Promise<void> {
  try {
    const engine = await starting;
    await figures.stop();
    await engine.stop();
    end();
  } catch (error) {
    end(error);
  }
}

/** The thread ends when nothing is left open, so that what was said before arrives. */
function end(error?: unknown): void {
  say(error === undefined ? { kind: 'stopped' } : { kind: 'failed', error: packError(error) });
  parent.close();
}

function tellFigures(engine: Engine): void {
  if (engine.figures) say({ kind: 'figures', figures: engine.figures() });
}

function say(message: FromServers): void {
  parent.postMessage(message);
}

function tellLog(level: LogLevelName): (sentence: string, fields?: LogFields) => void {
  return (sentence, fields) => {
    try {
      say({ kind: 'log', level, sentence, fields: fields && parcelOf(fields) });
    } catch {
      say({ kind: 'log', level, sentence }); // a field that cannot be copied
    }
  };
}

function parcelOf(fields: LogFields): LogParcel {
  return Object.entries(fields).map(([name, value]) =>
    value instanceof Error ? [name, packError(value), true] : [name, value, false],
  );
}
