import { ConnectError, PortInUseError } from '../common/errors.js';
import type { Clock } from '../ports/clock.js';
import type { Logger } from '../ports/logger.js';
import type { Acceptor, Channel, Connector, ProcessorTable } from './channel.js';
import { connectInMemory, type MemoryChannel } from './memory-channel.js';

export interface MemoryHubContext {
  readonly clock: Clock;
  readonly logger: Logger;
}

/**
 * The addresses that can be reached inside one process. Whoever shares the hub shares its
 * addresses; two hubs know nothing of each other.
 */
export class MemoryHub {
  private readonly listening = new Map<string, MemoryAcceptor>();
  private connections = 0;

  constructor(private readonly context: MemoryHubContext) {}

  /** Takes connections to `address`, any text of the form `host:port`. */
  acceptor(address: string): Acceptor {
    return new MemoryAcceptor(address, this.listening);
  }

  /** Reaches the hub's addresses; all others through `fallback`, if there is one. */
  connector(fallback?: Connector): Connector {
    return {
      connect: async (address, processors, timeoutMs) => {
        const acceptor = this.listening.get(address);
        if (acceptor) return this.connectTo(acceptor, processors);
        if (fallback) return fallback.connect(address, processors, timeoutMs);
        throw new ConnectError(address, 'nobody listens there in this process');
      },
    };
  }

  private connectTo(acceptor: MemoryAcceptor, processors: ProcessorTable): Channel {
    this.connections++;
    const { near, far } = connectInMemory({
      serverAddress: acceptor.address,
      clientAddress: `127.0.0.1:${(this.connections % 65_535) + 1}`, // as good as any: no socket has it
      name: `memory#${this.connections}`,
      clientContext: { ...this.context, processors },
      serverContext: { ...this.context, processors: acceptor.processors },
    });
    acceptor.accept(far);
    return near;
  }
}

class MemoryAcceptor implements Acceptor {
  processors: ProcessorTable = new Map();
  private onOpen: (channel: Channel) => void = () => undefined;
  private readonly channels = new Set<MemoryChannel>();

  constructor(
    readonly address: string,
    private readonly listening: Map<string, MemoryAcceptor>,
  ) {}

  async start(processors: ProcessorTable, onOpen: (channel: Channel) => void): Promise<void> {
    if (this.listening.has(this.address)) throw portInUse(this.address);
    this.processors = processors;
    this.onOpen = onOpen;
    this.listening.set(this.address, this);
  }

  accept(channel: MemoryChannel): void {
    this.channels.add(channel);
    channel.onClose(() => this.channels.delete(channel));
    this.onOpen(channel);
  }

  refuse(): void {
    if (this.listening.get(this.address) === this) this.listening.delete(this.address);
  }

  async stop(): Promise<void> {
    this.refuse();
    for (const channel of this.channels) channel.close();
  }
}

function portInUse(address: string): PortInUseError {
  const colon = address.lastIndexOf(':');
  return new PortInUseError(address.slice(0, colon), Number(address.slice(colon + 1)));
}
