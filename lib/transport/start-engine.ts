import {
  connectEngine,
  NodeClock,
  startEmbeddedEngine,
  startWorkerEngine,
  type Engine,
  type Logger,
} from '../engine/index.js';
import type { EmbeddedEngineSettings, RemoteEngineSettings } from '../mq.options.js';
import { awaitCluster } from './await-cluster.js';

export type EngineSettings = EmbeddedEngineSettings | RemoteEngineSettings;
export type EngineStarter = (settings: EngineSettings, logger: Logger) => Promise<Engine>;

/** A broker inside this process, or clients of a cluster: one option apart. */
export const startEngine: EngineStarter = (settings, logger) =>
  settings.type === 'embedded' ? startEmbedded(settings, logger) : connect(settings, logger);

function startEmbedded({ worker = false, type: _, ...given }: EmbeddedEngineSettings, logger: Logger): Promise<Engine> {
  if (worker === false) return startEmbeddedEngine({ ...given, logger });
  return startWorkerEngine({ ...given, logger, thread: worker === true ? undefined : worker });
}

async function connect(settings: RemoteEngineSettings, logger: Logger): Promise<Engine> {
  const { acl: credentials, connectionInit, ...reached } = settings;
  const engine = await connectEngine({ ...reached, credentials, logger });
  if (connectionInit?.wait !== true) return engine;
  try {
    await awaitCluster(engine, connectionInit, { clock: new NodeClock(), logger });
  } catch (error) {
    await engine.stop();
    throw error;
  }
  return engine;
}
