import { connectEngine, startEmbeddedEngine, type Engine, type Logger } from '../engine/index.js';
import type { EmbeddedEngineSettings, RemoteEngineSettings } from '../mq.options.js';

export type EngineStarter = (
  settings: EmbeddedEngineSettings | RemoteEngineSettings,
  logger: Logger,
) => Promise<Engine>;

/** A broker inside this process, or clients of a cluster: one option apart. */
export const startEngine: EngineStarter = (settings, logger) => {
  const { type, ...options } = settings;
  return type === 'embedded'
    ? startEmbeddedEngine({ ...(options as EmbeddedEngineSettings), logger })
    : connectEngine({ ...(options as RemoteEngineSettings), logger });
};
