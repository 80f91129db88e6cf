import { join } from 'node:path';
import { ClientEngine } from './client-engine.js';
import { ClientInstance } from './client/client-instance.js';
import type { ClientSettings } from './client/client-settings.js';
import type { EmbeddedEngineOptions } from './embedded-engine.js';
import type { Engine } from './engine.js';
import type { ThreadSettings } from './platform/worker-thread.js';
import type { Logger } from './ports/logger.js';
import { TcpConnector } from './remoting/tcp-transport.js';
import { clientIdentity } from './servers/client-identity.js';
import { localOffsetFiles } from './servers/local-offset-files.js';
import { nodePorts } from './servers/node-ports.js';
import { ServerThread } from './servers/server-thread.js';

export interface WorkerEngineOptions
  extends Pick<EmbeddedEngineOptions, 'storeDir' | 'listen' | 'broker'>, ClientSettings {
  /** Default: says nothing. */
  logger?: Logger;
  /** Of the thread. */
  thread?: ThreadSettings;
}

/** Megabytes. A broker's objects live for a request: in more room for them, few are left when it is cleared. */
const YOUNG_GENERATION_MB = 96;

/**
 * The same as startEmbeddedEngine() with name server and broker in a thread of their own, so that
 * they and the application's handlers don't wait for each other.
 * @throws as startEmbeddedEngine()
 */
export async function startWorkerEngine(options: WorkerEngineOptions): Promise<Engine> {
  const { storeDir, listen, broker, thread: settings, logger } = options;
  const ports = nodePorts({ logger });
  const thread = new ServerThread(
    { storeDir, listen, broker },
    { maxYoungGenerationSizeMb: YOUNG_GENERATION_MB, ...settings },
    ports.logger,
  );
  await thread.start();
  try {
    const instance = new ClientInstance(
      {
        ...ports,
        connector: new TcpConnector({ ...ports, network: thread.network }),
        identity: clientIdentity(),
        offsetFile: localOffsetFiles(join(storeDir, 'localOffsets'), ports),
        isAlone: listen === undefined,
      },
      { ...options, nameServers: [thread.nameServerAddress] },
    );
    const engine = new ClientEngine({
      kind: 'embedded',
      instance,
      servers: [thread],
      figures: () => thread.figures(),
      nameServerAddresses: () => thread.publicAddresses,
    });
    await engine.start();
    return engine;
  } catch (error) {
    await thread.stop();
    throw error;
  }
}
