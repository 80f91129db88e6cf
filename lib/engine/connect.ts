import { homedir } from 'node:os';
import { join } from 'node:path';
import { ClientEngine } from './client-engine.js';
import { ClientInstance } from './client/client-instance.js';
import { ConfigurationError, ProtocolError } from './common/errors.js';
import type { Engine } from './engine.js';
import { parseHostAddress } from './message/host-address.js';
import { clientIdentity } from './servers/client-identity.js';
import { TcpConnector } from './remoting/tcp-transport.js';
import { localOffsetFiles } from './servers/local-offset-files.js';
import { nodePorts, type EnginePorts } from './servers/node-ports.js';

export interface RemoteEngineOptions extends Partial<EnginePorts> {
  /** `host:port` each. */
  nameServers: readonly string[];
  /** Where broadcasting groups keep their progress. Default `.rocketmq_offsets` in the home directory. */
  localOffsetStoreDir?: string;
}

/**
 * Connects to a cluster: Apache RocketMQ 4.9 or 5.x, or an engine of ours that listens. Resolves
 * at once; a cluster that is not there yet is found when it is needed.
 * @throws ConfigurationError no name server, or an address that is none
 */
export async function connectEngine({
  nameServers,
  localOffsetStoreDir,
  ...given
}: RemoteEngineOptions): Promise<Engine> {
  checkNameServers(nameServers);
  const ports = nodePorts(given);
  const offsetDirectory = localOffsetStoreDir ?? join(homedir(), '.rocketmq_offsets');
  const instance = new ClientInstance(
    {
      ...ports,
      connector: new TcpConnector(ports),
      identity: clientIdentity(),
      offsetFile: localOffsetFiles(offsetDirectory, ports),
    },
    { nameServers },
  );
  const engine = new ClientEngine({
    kind: 'remote',
    instance,
    servers: [],
    nameServerAddresses: () => nameServers.join(';'),
  });
  await engine.start();
  return engine;
}

function checkNameServers(nameServers: readonly string[]): void {
  if (nameServers.length === 0) {
    throw new ConfigurationError('nameServers', 'is empty; name at least one, such as 127.0.0.1:9876');
  }
  for (const address of nameServers) {
    try {
      const { port } = parseHostAddress(address);
      if (port === 0) throw new ProtocolError(`'${address}' has port 0`);
    } catch (cause) {
      throw new ConfigurationError('nameServers', `'${address}' is not host:port, such as 127.0.0.1:9876`, { cause });
    }
  }
}
