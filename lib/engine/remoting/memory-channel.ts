import type { Cancellable } from '../ports/clock.js';
import { assertBodyFits } from '../protocol/frame-codec.js';
import type { RemotingCommand } from '../protocol/remoting-command.js';
import { CommandChannel, type ChannelContext } from './command-channel.js';

export interface MemoryConnection {
  serverAddress: string;
  clientAddress: string;
  /** Unique inside the process. */
  name: string;
  clientContext: ChannelContext;
  serverContext: ChannelContext;
}

/** Two ends of one connection inside the process. */
export function connectInMemory(connection: MemoryConnection): { near: MemoryChannel; far: MemoryChannel } {
  const { serverAddress, clientAddress, name, clientContext, serverContext } = connection;
  const near = new MemoryChannel(`${name}>`, clientAddress, serverAddress, clientContext);
  const far = new MemoryChannel(`${name}<`, serverAddress, clientAddress, serverContext);
  near.linkTo(far);
  far.linkTo(near);
  return { near, far };
}

/**
 * Carries the command objects themselves. What is sent in one turn of the event loop arrives when
 * that turn has ended, never inside the call that sent it, just as a socket would have it.
 */
export class MemoryChannel extends CommandChannel {
  readonly bufferedBytes = 0;
  readonly isInProcess = true;
  private peer!: MemoryChannel;
  private inbox: RemotingCommand[] = [];
  private delivery?: Cancellable;
  private peerHasClosed = false;

  constructor(id: string, localAddress: string, remoteAddress: string, context: ChannelContext) {
    super({ id, localAddress, remoteAddress }, context);
  }

  linkTo(peer: MemoryChannel): void {
    this.peer = peer;
  }

  protected transmit(command: RemotingCommand): void {
    assertBodyFits(command);
    if (!this.peer.isOpen) return; // as with a socket: its end is on the way here
    this.peer.inbox.push(command);
    this.peer.deliverLater();
  }

  protected disconnect(): void {
    this.delivery?.cancel();
    if (!this.peerHasClosed) {
      this.peer.peerHasClosed = true;
      this.peer.deliverLater();
    }
    this.disconnected();
  }

  private deliverLater(): void {
    this.delivery ??= this.context.clock.schedule(0, () => this.deliver());
  }

  private deliver(): void {
    this.delivery = undefined;
    const commands = this.inbox;
    this.inbox = [];
    for (const command of commands) this.receive(command);
    if (this.peerHasClosed) this.disconnected();
  }
}
