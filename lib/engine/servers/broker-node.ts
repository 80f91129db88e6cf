import { innerCredentials, resolveAccessOptions } from '../access/access-options.js';
import { Broker } from '../broker/broker.js';
import { resolveBrokerOptions } from '../broker/broker-options.js';
import { parseDelayLevels } from '../broker/delay-levels.js';
import { signingHook } from '../client/acl/session-credentials.js';
import { withRpcHooks } from '../client/hooks/rpc-hook.js';
import { physicalMemoryBytes } from '../platform/node-identity.js';
import type { Acceptor, Connector } from '../remoting/channel.js';
import { resolveConnectionOptions } from '../remoting/connection-options.js';
import { DiskMessageStore } from '../store/disk-message-store.js';
import { JsonFiles } from '../store/json-file.js';
import { StorePaths } from '../store/store-paths.js';
import type { EnginePorts } from './node-ports.js';
import { createAccess } from './server-access.js';
import { splitSettings, type ServerSettings } from './server-settings.js';

export interface BrokerNodeParts {
  readonly settings: ServerSettings;
  readonly acceptors: readonly Acceptor[];
  readonly connector: Connector;
  /** Of the name servers it registers with. */
  readonly nameServers: readonly string[];
}

/** A broker over a store in files. @throws ConfigurationError */
export function createBrokerNode(parts: BrokerNodeParts, ports: EnginePorts): Broker {
  const { broker, store, connections, access } = splitSettings(parts.settings);
  const accessOptions = resolveAccessOptions(access);
  const credentials = innerCredentials(accessOptions);
  const options = resolveBrokerOptions({ ...broker, namesrvAddr: parts.nameServers.join(';') });
  const messageStore = new DiskMessageStore(store, {
    ...ports,
    storeHost: () => ({ host: options.brokerIP1, port: options.listenPort }),
    delayLevelsMs: parseDelayLevels(options.messageDelayLevel),
  });
  const root = messageStore.options.storePathRootDir;
  const { config, commitLog } = new StorePaths(root);
  return new Broker(options, {
    ...ports,
    store: messageStore,
    acceptors: parts.acceptors,
    connector: withRpcHooks(parts.connector, credentials ? [signingHook(credentials)] : []),
    ...createAccess({ options: accessOptions, clusterName: options.brokerClusterName, directory: config }, ports),
    tableStorage: new JsonFiles(ports.fileSystem, config, ports.logger),
    // Before the first message there is no commitlog directory yet.
    storeSettings: { ...messageStore.options, ...resolveConnectionOptions(connections) },
    disk: { directory: commitLog, space: () => ports.fileSystem.space(root) },
    physicalMemoryBytes: physicalMemoryBytes(),
  });
}
