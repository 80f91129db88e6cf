import { join } from 'node:path';
import { isAccessControlled, resolveAccessOptions } from './access/access-options.js';
import { ClientEngine } from './client-engine.js';
import { defaultBrokerOptions } from './broker/broker-options.js';
import { ClientInstance } from './client/client-instance.js';
import type { ClientSettings } from './client/client-settings.js';
import { ConfigurationError } from './common/errors.js';
import type { Startable } from './common/lifecycle.js';
import type { Engine } from './engine.js';
import { formatHostAddress, parseHostAddress } from './message/host-address.js';
import { NameServer } from './namesrv/name-server.js';
import { visibleAddress } from './platform/node-identity.js';
import type { ServerTls } from './ports/network.js';
import { clientIdentity } from './servers/client-identity.js';
import type { Acceptor } from './remoting/channel.js';
import { MemoryHub } from './remoting/memory-hub.js';
import { resolveConnectionOptions } from './remoting/connection-options.js';
import { TcpAcceptor } from './remoting/tcp-transport.js';
import { kvConfigFile } from './servers/kv-config-file.js';
import { localOffsetFiles } from './servers/local-offset-files.js';
import { createBrokerNode } from './servers/broker-node.js';
import { BrokerProcess } from './servers/broker-process.js';
import { nodePorts, type EnginePorts } from './servers/node-ports.js';
import { checkDoor } from './servers/open-door.js';
import { createAccess } from './servers/server-access.js';
import { splitSettings, type ServerSettings } from './servers/server-settings.js';
import { TlsFiles, tlsOf } from './servers/tls-files.js';
import { StorePaths } from './store/store-paths.js';

/** Where an embedded engine listens for other processes. */
export interface ListenSettings {
  /** IP address to bind. Default 127.0.0.1: this machine only. */
  host?: string;
  /** Default 9876; 0 takes a free one. */
  nameServerPort?: number;
  /** Default 10911; 0 takes a free one. */
  brokerPort?: number;
  /** Lets `host` be open to other machines although not everybody is asked who they are, or not by TLS. Default false. */
  insecure?: boolean;
  /** TLS for both ports. Default: connections are plain. */
  tls?: ServerTls;
  /** A tls.properties in place of `tls`: certificates are loaded anew when their files change. */
  tlsConfig?: string;
}

export interface EmbeddedEngineOptions extends Partial<EnginePorts>, ClientSettings {
  /** Directory of the store, made when it is missing; one process at a time. */
  storeDir: string;
  /** Opens name server and broker to other processes. Default: this process only. */
  listen?: ListenSettings;
  /** Settings of the broker and its store by RocketMQ's names. */
  broker?: ServerSettings;
}

const NAME_SERVER_PORT = 9876;
const BROKER_PORT = 10911;
const LOOPBACK = '127.0.0.1';

/**
 * Starts a name server and a broker inside this process, and clients that reach them in memory.
 * @param furtherDoor another way to each of the two servers, by its address; the name server's first
 * @throws ConfigurationError | PortInUseError | StoreLockedError | CorruptRecordError
 */
export async function startEmbeddedEngine(
  options: EmbeddedEngineOptions,
  furtherDoor?: (address: string) => Acceptor,
): Promise<Engine> {
  const { storeDir, listen, broker: settings = {}, ...given } = options;
  if (storeDir.trim() === '') throw new ConfigurationError('storeDir', 'is blank; name the directory of the store');
  const ports = nodePorts(given);
  const hub = new MemoryHub(ports);
  const connector = hub.connector();
  const host = listen?.host ?? LOOPBACK;
  const split = splitSettings(settings);
  const accessOptions = resolveAccessOptions(split.access);
  const connections = resolveConnectionOptions(split.connections);
  const tls = await tlsOf(listen, ports);
  checkDoor(host, { insecure: listen?.insecure, tls, isAccessControlled: isAccessControlled(accessOptions) });
  const tcp = {
    nameServer:
      listen && new TcpAcceptor({ ...ports, host, port: listen.nameServerPort ?? NAME_SERVER_PORT, tls, connections }),
    broker: listen && new TcpAcceptor({ ...ports, host, port: listen.brokerPort ?? BROKER_PORT, tls, connections }),
  };
  // The way inside the process first, since a server is known by its first address; then the network's, if it listens.
  const doors = (address: string, door?: TcpAcceptor): Acceptor[] =>
    [hub.acceptor(address), furtherDoor?.(address), door].filter((way) => way !== undefined);
  const bound = [tcp.nameServer, tcp.broker].filter((acceptor) => acceptor !== undefined);
  try {
    for (const acceptor of bound) await acceptor.bind();

    const nameServerAddress = advertised(tcp.nameServer, NAME_SERVER_PORT);
    const brokerAddress = advertised(tcp.broker, BROKER_PORT, settings.brokerIP1);
    const { host: brokerIP1, port: listenPort } = parseHostAddress(brokerAddress);
    const nameServer = new NameServer({
      ...ports,
      acceptors: doors(nameServerAddress, tcp.nameServer),
      kvStorage: kvConfigFile(join(storeDir, 'namesrv/kvConfig.json'), ports),
      ...createAccess(
        {
          // The broker keeps the users; the name server follows its file.
          options: { ...accessOptions, authConfigPath: new StorePaths(storeDir).config },
          clusterName: settings.brokerClusterName ?? defaultBrokerOptions.brokerClusterName,
        },
        ports,
      ),
    });
    const broker = createBrokerNode(
      {
        settings: { ...settings, storePathRootDir: storeDir, brokerIP1, listenPort },
        acceptors: doors(brokerAddress, tcp.broker),
        connector,
        nameServers: [nameServerAddress],
      },
      ports,
    );
    const servers: Startable[] = [nameServer, new BrokerProcess(broker, ports.fileSystem, storeDir)];
    if (listen?.tlsConfig !== undefined) {
      servers.push(
        new TlsFiles(listen.tlsConfig, ports, (changed) => bound.forEach((door) => door.updateTls(changed))),
      );
    }
    const instance = new ClientInstance(
      {
        ...ports,
        connector,
        identity: clientIdentity(),
        offsetFile: localOffsetFiles(join(storeDir, 'localOffsets'), ports),
        isAlone: !tcp.broker,
      },
      { ...options, nameServers: [nameServerAddress] },
    );
    const engine = new ClientEngine({
      kind: 'embedded',
      instance,
      servers,
      nameServerAddresses: () => tcp.nameServer && nameServerAddress,
      figures: () => broker.figures(),
    });
    await engine.start();
    return engine;
  } catch (error) {
    await Promise.all(bound.map((acceptor) => acceptor.stop()));
    throw error;
  }
}

/** The address that clients are told: never that of all interfaces, which leads nowhere. */
function advertised(tcp: TcpAcceptor | undefined, defaultPort: number, givenHost?: string): string {
  const { host, port } = tcp ? parseHostAddress(tcp.address) : { host: LOOPBACK, port: defaultPort };
  const isAnyHost = host === '0.0.0.0' || host === '::';
  return formatHostAddress({ host: givenHost ?? (isAnyHost ? visibleAddress() : host), port });
}
