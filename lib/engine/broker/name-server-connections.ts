import type { Channel, Connector } from '../remoting/channel.js';

const CONNECT_TIMEOUT_MS = 3000;

/** One connection to each name server, made when it is first needed and kept. */
export class NameServerConnections {
  /** `host:port` each. */
  readonly servers: readonly string[];
  private readonly channels = new Map<string, Promise<Channel>>();
  private readonly lossListeners: ((server: string) => void)[] = [];

  /** @param addresses separated by `;` */
  constructor(
    addresses: string,
    private readonly connector: Connector,
  ) {
    const texts = addresses.split(';').map((address) => address.trim());
    this.servers = texts.filter((address) => address !== '');
  }

  /** @throws ConnectError the next call tries again */
  channelTo(server: string): Promise<Channel> {
    let connecting = this.channels.get(server);
    if (connecting === undefined) {
      connecting = this.connect(server);
      this.channels.set(server, connecting);
    }
    return connecting;
  }

  /** Calls `listener` each time that a connection has closed, whoever closed it. */
  onLoss(listener: (server: string) => void): void {
    this.lossListeners.push(listener);
  }

  /** The connection if there is one. */
  existingChannelTo(server: string): Promise<Channel> | undefined {
    return this.channels.get(server);
  }

  private async connect(server: string): Promise<Channel> {
    const forget = (): void => void this.channels.delete(server);
    try {
      const channel = await this.connector.connect(server, new Map(), CONNECT_TIMEOUT_MS);
      channel.onClose(() => {
        forget();
        for (const listener of this.lossListeners) listener(server);
      });
      return channel;
    } catch (error) {
      forget();
      throw error;
    }
  }
}
