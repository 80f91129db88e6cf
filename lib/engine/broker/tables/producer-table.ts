import { getOrCreate } from '../../common/get-or-create.js';
import type { Clock } from '../../ports/clock.js';
import type { Channel } from '../../remoting/channel.js';
import type { ClientInfo } from './client-info.js';

/**
 * Who produces, over which connection: the broker asks them about silent transactions and hands
 * them replies.
 * Source: Apache 5.3 ProducerManager.
 */
export class ProducerTable {
  private readonly groups = new Map<string, Map<Channel, ClientInfo>>();
  private readonly channelsByClientId = new Map<string, Channel>();
  private turn = 0;

  constructor(
    private readonly options: { channelExpiredTimeout: number },
    private readonly clock: Clock,
  ) {}

  clientsOf(group: string): ReadonlyMap<Channel, ClientInfo> | undefined {
    return this.groups.get(group);
  }

  all(): IterableIterator<[string, ReadonlyMap<Channel, ClientInfo>]> {
    return this.groups.entries();
  }

  register(group: string, client: ClientInfo): void {
    const clients = getOrCreate(this.groups, group, () => new Map<Channel, ClientInfo>());
    const known = clients.get(client.channel);
    if (known?.clientId === client.clientId) known.lastUpdateTimestamp = this.clock.now();
    else clients.set(client.channel, client);
    this.channelsByClientId.set(client.clientId, client.channel);
  }

  unregister(group: string, channel: Channel): void {
    const clients = this.groups.get(group);
    const client = clients?.get(channel);
    if (clients === undefined || client === undefined) return;
    clients.delete(channel);
    if (clients.size === 0) this.groups.delete(group);
    this.forgetIdUnlessInUse(client);
  }

  removeChannel(channel: Channel): void {
    for (const group of [...this.groups.keys()]) this.unregister(group, channel);
  }

  /** Forgets clients whose heartbeats have stopped, and closes their connections. */
  expire(): void {
    const now = this.clock.now();
    for (const [group, clients] of [...this.groups]) {
      for (const { channel, lastUpdateTimestamp } of [...clients.values()]) {
        if (now - lastUpdateTimestamp <= this.options.channelExpiredTimeout) continue;
        this.unregister(group, channel);
        channel.close();
      }
    }
  }

  /** An open connection of the group, the next one each time. */
  nextChannel(group: string): Channel | undefined {
    const open = [...(this.groups.get(group)?.keys() ?? [])].filter(({ isOpen }) => isOpen);
    return open.length === 0 ? undefined : open[this.turn++ % open.length];
  }

  findChannel(clientId: string): Channel | undefined {
    return this.channelsByClientId.get(clientId);
  }

  private forgetIdUnlessInUse({ clientId, channel }: ClientInfo): void {
    if (this.channelsByClientId.get(clientId) !== channel) return;
    for (const clients of this.groups.values()) if (clients.has(channel)) return;
    this.channelsByClientId.delete(clientId);
  }
}
