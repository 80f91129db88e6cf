import { getOrCreate } from '../../common/get-or-create.js';
import type { Clock } from '../../ports/clock.js';
import type { Channel } from '../../remoting/channel.js';
import { heardAgain, type ClientInfo } from './client-info.js';

export interface ProducerInfo extends ClientInfo {
  /** Anybody may call itself a member of a producer group, so this is asked before it is shown a half message. */
  readonly mayPublish: (topic: string) => boolean;
}

/**
 * Who produces, over which connection: the broker asks them about silent transactions and hands
 * them replies.
 * Source: Apache 5.3 ProducerManager.
 */
export class ProducerTable {
  private readonly groups = new Map<string, Map<Channel, ProducerInfo>>();
  private readonly channelsByClientId = new Map<string, Channel>();
  private turn = 0;

  constructor(
    private readonly options: { channelExpiredTimeout: number },
    private readonly clock: Clock,
  ) {}

  clientsOf(group: string): ReadonlyMap<Channel, ProducerInfo> | undefined {
    return this.groups.get(group);
  }

  all(): IterableIterator<[string, ReadonlyMap<Channel, ProducerInfo>]> {
    return this.groups.entries();
  }

  register(group: string, client: ProducerInfo): void {
    const clients = getOrCreate(this.groups, group, () => new Map<Channel, ProducerInfo>());
    const known = clients.get(client.channel);
    if (known?.clientId === client.clientId) heardAgain(known, client);
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
    const now = this.clock.monotonic();
    for (const [group, clients] of [...this.groups]) {
      for (const { channel, heardAt } of [...clients.values()]) {
        if (now - heardAt <= this.options.channelExpiredTimeout) continue;
        this.unregister(group, channel);
        channel.close();
      }
    }
  }

  /** An open connection of the group whose client may see messages for the topic, the next one each time. */
  nextChannel(group: string, topic: string): Channel | undefined {
    const clients = [...(this.groups.get(group)?.values() ?? [])];
    const open = clients.filter(({ channel, mayPublish }) => channel.isOpen && mayPublish(topic));
    return open.length === 0 ? undefined : open[this.turn++ % open.length].channel;
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
