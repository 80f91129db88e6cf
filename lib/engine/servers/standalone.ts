import type { BrokerOptions } from '../broker/broker-options.js';
import type { Broker } from '../broker/broker.js';
import { isAccessControlled, resolveAccessOptions } from '../access/access-options.js';
import { startInOrder, stopInReverse, type Startable } from '../common/lifecycle.js';
import { formatHostAddress, parseHostAddress } from '../message/host-address.js';
import { NameServer } from '../namesrv/name-server.js';
import { visibleAddress } from '../platform/node-identity.js';
import type { ClientTls, ServerTls } from '../ports/network.js';
import { resolveConnectionOptions, type ConnectionOptions } from '../remoting/connection-options.js';
import { TcpAcceptor, TcpConnector } from '../remoting/tcp-transport.js';
import type { StoreOptions } from '../store/store-options.js';
import { createAccess } from './server-access.js';
import { createBrokerNode } from './broker-node.js';
import { BrokerProcess } from './broker-process.js';
import { kvConfigFile } from './kv-config-file.js';
import { MetricsDoor } from './metrics-door.js';
import { nodePorts, type EnginePorts } from './node-ports.js';
import { checkDoor } from './open-door.js';
import {
  resolveServerSettings,
  splitNameServerSettings,
  splitSettings,
  type NameServerSettings,
  type ServerSettings,
} from './server-settings.js';
import { TlsFiles, tlsOf } from './tls-files.js';

/** What changes a name server as a whole is a matter of this cluster's. */
const NAME_SERVER_CLUSTER = 'DefaultCluster';

interface Door {
  /** IP address to bind. Default 127.0.0.1: this machine only. */
  host?: string;
  /** Lets `host` be open to other machines although not everybody is asked who they are, or not by TLS. Default false. */
  insecure?: boolean;
  /** Default: connections are plain. */
  tls?: ServerTls;
  /** A tls.properties in place of `tls`: certificates are loaded anew when their files change. */
  tlsConfig?: string;
}

/** Of startNameServer(). */
export interface StartNameServerOptions extends Door, Partial<EnginePorts> {
  /** Default 9876; 0 takes a free one. */
  port?: number;
  /** Settings by RocketMQ's names. */
  settings?: NameServerSettings;
  /** File of the key-value pairs. Default: they are kept in memory only. */
  kvConfigPath?: string;
}

/** Of startBroker(). */
export interface StartBrokerOptions extends Door, Partial<EnginePorts> {
  /** Settings of the broker and its store by RocketMQ's names; listenPort 0 takes a free one. */
  settings: ServerSettings;
  /** `host:port` each. */
  nameServers: readonly string[];
  /** How it speaks to them. Default: plain. */
  nameServerTls?: ClientTls;
}

/** A server that runs until stop(). */
export interface RunningServer extends AsyncDisposable {
  /** `host:port` that clients reach it at. */
  readonly address: string;
  /** `host:port` that it listens on. */
  readonly boundAddress: string;
  stop(): Promise<void>;
}

export interface RunningBroker extends RunningServer {
  /** All that are in force. */
  readonly settings: Readonly<BrokerOptions & StoreOptions & ConnectionOptions>;
  /** Where `/metrics` is, when metricsExporterType is PROM. */
  readonly metricsPort?: number;
}

/** Starts a name server on a port. @throws PortInUseError | ConfigurationError */
export async function startNameServer(options: StartNameServerOptions = {}): Promise<RunningServer> {
  const { host = '127.0.0.1', port = 9876, insecure, tlsConfig, settings = {}, kvConfigPath, ...given } = options;
  const ports = nodePorts(given);
  const tls = await tlsOf(options, ports);
  const { nameServer, access, ...split } = splitNameServerSettings(settings);
  const connections = resolveConnectionOptions(split.connections);
  const accessOptions = resolveAccessOptions(access);
  checkDoor(host, { insecure, tls, isAccessControlled: isAccessControlled(accessOptions) });
  const acceptor = new TcpAcceptor({ ...ports, host, port, tls, connections });
  const kvStorage = kvConfigPath === undefined ? undefined : kvConfigFile(kvConfigPath, ports);
  const server = new NameServer({
    ...ports,
    options: nameServer,
    acceptors: [acceptor],
    kvStorage,
    ...createAccess({ options: accessOptions, clusterName: NAME_SERVER_CLUSTER }, ports),
  });
  const whole = withTlsFiles(server, tlsConfig, acceptor, ports);
  await whole.start();
  const bound = parseHostAddress(acceptor.address);
  return running(whole, formatHostAddress({ ...bound, host: reachable(bound.host) }), acceptor.address);
}

/** Starts a broker on a port and registers it. @throws ConfigurationError | PortInUseError | StoreLockedError */
export async function startBroker(options: StartBrokerOptions): Promise<RunningBroker> {
  const { settings, nameServers, nameServerTls, host = '127.0.0.1', insecure, tlsConfig, ...given } = options;
  const ports = nodePorts(given);
  const tls = await tlsOf(options, ports);
  checkDoor(host, { insecure, tls, isAccessControlled: isAccessControlled(settings) });
  const connections = resolveConnectionOptions(splitSettings(settings).connections);
  const acceptor = new TcpAcceptor({ ...ports, host, port: settings.listenPort ?? 10911, tls, connections });
  await acceptor.bind();
  try {
    const bound = parseHostAddress(acceptor.address);
    const brokerIP1 = settings.brokerIP1 ?? reachable(bound.host);
    const inForce = resolveServerSettings({ ...settings, brokerIP1, listenPort: bound.port });
    const connector = new TcpConnector({ ...ports, tls: nameServerTls });
    const broker = createBrokerNode(
      { settings: { ...settings, ...inForce }, acceptors: [acceptor], connector, nameServers },
      ports,
    );
    const process = new BrokerProcess(broker, ports.fileSystem, inForce.storePathRootDir);
    const metrics = metricsDoor(inForce, broker, insecure);
    const server = together([withTlsFiles(process, tlsConfig, acceptor, ports), ...(metrics ? [metrics] : [])]);
    await server.start();
    const address = formatHostAddress({ host: brokerIP1, port: bound.port });
    return { ...running(server, address, acceptor.address), settings: inForce, metricsPort: metrics?.port };
  } catch (error) {
    await acceptor.stop();
    throw error;
  }
}

function withTlsFiles(
  server: Startable,
  path: string | undefined,
  acceptor: TcpAcceptor,
  ports: EnginePorts,
): Startable {
  if (path === undefined) return server;
  return together([server, new TlsFiles(path, ports, (tls) => acceptor.updateTls(tls))]);
}

function together(parts: readonly Startable[]): Startable {
  return { start: () => startInOrder(parts), stop: () => stopInReverse(parts) };
}

/** Nobody is asked who he is there, so other machines have to be let in on purpose. */
function metricsDoor(
  { metricsExporterType, metricsPromExporterHost, metricsPromExporterPort: port }: BrokerOptions,
  broker: Broker,
  insecure?: boolean,
): MetricsDoor | undefined {
  if (metricsExporterType === 'DISABLE') return undefined;
  const host = metricsPromExporterHost === '' ? '127.0.0.1' : metricsPromExporterHost;
  checkDoor(host, { insecure });
  return new MetricsDoor({ host, port }, () => broker.figures());
}

/** Where clients find what is bound to `host`: the address of all interfaces leads nowhere. */
function reachable(host: string): string {
  return host === '0.0.0.0' || host === '::' ? visibleAddress() : host;
}

function running(server: Startable, address: string, boundAddress: string): RunningServer {
  return { address, boundAddress, stop: () => server.stop(), [Symbol.asyncDispose]: () => server.stop() };
}
