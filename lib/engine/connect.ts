import { homedir } from 'node:os';
import { join } from 'node:path';
import { ClientEngine } from './client-engine.js';
import { ClientInstance } from './client/client-instance.js';
import type { ClientSettings } from './client/client-settings.js';
import type { Engine } from './engine.js';
import { nodeHttpGet } from './platform/node-http.js';
import type { ClientTls } from './ports/network.js';
import { clientIdentity } from './servers/client-identity.js';
import { TcpConnector } from './remoting/tcp-transport.js';
import { localOffsetFiles } from './servers/local-offset-files.js';
import { nodePorts, type EnginePorts } from './servers/node-ports.js';

export interface RemoteEngineOptions extends Partial<EnginePorts>, ClientSettings {
  /** `host:port` each. */
  nameServers?: readonly string[];
  /**
   * In place of nameServers: a web page that names them, separated by `;`, such as
   * `http://127.0.0.1:8080/rocketmq/nsaddr`. Asked again every 2 minutes; a unit has a page of its own.
   */
  nameServerEndpoint?: string;
  /** Where broadcasting groups keep their progress. Default `.rocketmq_offsets` in the home directory. */
  localOffsetStoreDir?: string;
  /** Connect by TLS, to name servers and brokers alike. Default: plain connections. */
  tls?: ClientTls;
}

/**
 * Connects to a cluster: Apache RocketMQ 4.9 or 5.x, or an engine of ours that listens. Resolves
 * at once; a cluster that is not there yet is found when it is needed.
 * @throws ConfigurationError naming the option
 */
export async function connectEngine(options: RemoteEngineOptions): Promise<Engine> {
  const { localOffsetStoreDir, tls } = options;
  const ports = nodePorts(options);
  const offsetDirectory = localOffsetStoreDir ?? join(homedir(), '.rocketmq_offsets');
  const instance = new ClientInstance(
    {
      ...ports,
      connector: new TcpConnector({ ...ports, tls }),
      httpGet: nodeHttpGet,
      identity: clientIdentity(),
      offsetFile: localOffsetFiles(offsetDirectory, ports),
    },
    options,
  );
  const engine = new ClientEngine({
    kind: 'remote',
    instance,
    servers: [],
    nameServerAddresses: () => instance.nameServers.addresses.join(';'),
  });
  await engine.start();
  return engine;
}
