import type { Broker } from '../broker/broker.js';
import { formatHostAddress, parseHostAddress } from '../message/host-address.js';
import { NameServer } from '../namesrv/name-server.js';
import { visibleAddress } from '../platform/node-identity.js';
import { TcpAcceptor, TcpConnector } from '../remoting/tcp-transport.js';
import { createBrokerNode } from './broker-node.js';
import { nodePorts, type EnginePorts } from './node-ports.js';
import type { ServerSettings } from './server-settings.js';

export interface StartNameServerOptions extends Partial<EnginePorts> {
  /** IP address to bind. Default 127.0.0.1. */
  host?: string;
  /** Default 9876; 0 takes a free one. */
  port?: number;
}

export interface StartBrokerOptions extends Partial<EnginePorts> {
  /** Settings of the broker and its store by RocketMQ's names; listenPort 0 takes a free one. */
  settings: ServerSettings;
  /** `host:port` each. */
  nameServers: readonly string[];
  /** IP address to bind. Default 127.0.0.1. */
  host?: string;
}

/** A server that runs until stop(). */
export interface RunningServer extends AsyncDisposable {
  readonly address: string;
  stop(): Promise<void>;
}

/** Starts a name server on a port. @throws PortInUseError */
export async function startNameServer({ host, port, ...given }: StartNameServerOptions = {}): Promise<RunningServer> {
  const ports = nodePorts(given);
  const acceptor = new TcpAcceptor({ ...ports, host: host ?? '127.0.0.1', port: port ?? 9876 });
  const server = new NameServer({ ...ports, acceptors: [acceptor] });
  await server.start();
  return running(acceptor.address, server);
}

/** Starts a broker on a port and registers it. @throws ConfigurationError | PortInUseError | StoreLockedError */
export async function startBroker(options: StartBrokerOptions): Promise<RunningServer> {
  const { settings, nameServers, host = '127.0.0.1', ...given } = options;
  const ports = nodePorts(given);
  const acceptor = new TcpAcceptor({ ...ports, host, port: settings.listenPort ?? 10911 });
  await acceptor.bind();
  try {
    const bound = parseHostAddress(acceptor.address);
    const isAnyHost = bound.host === '0.0.0.0' || bound.host === '::';
    const brokerIP1 = settings.brokerIP1 ?? (isAnyHost ? visibleAddress() : bound.host);
    const broker = createBrokerNode(
      {
        settings: { ...settings, brokerIP1, listenPort: bound.port },
        acceptors: [acceptor],
        connector: new TcpConnector(ports),
        nameServers,
      },
      ports,
    );
    await broker.start();
    return running(formatHostAddress({ host: brokerIP1, port: bound.port }), broker);
  } catch (error) {
    await acceptor.stop();
    throw error;
  }
}

function running(address: string, server: NameServer | Broker): RunningServer {
  return { address, stop: () => server.stop(), [Symbol.asyncDispose]: () => server.stop() };
}
