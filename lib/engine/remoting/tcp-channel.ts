import { Fifo } from '../common/fifo.js';
import type { Cancellable } from '../ports/clock.js';
import type { Socket, SocketHandlers } from '../ports/network.js';
import { FrameWriter } from '../protocol/frame-writer.js';
import { isResponse, type RemotingCommand } from '../protocol/remoting-command.js';
import { CommandChannel, type ChannelContext } from './command-channel.js';
import type { CountedConnection } from './open-connections.js';
import { FrameDecoder } from './frame-decoder.js';

export interface TcpChannelLimits {
  /** A connection on which nothing was sent or received for so long is closed. */
  readonly idleTimeoutMs: number;
  /**
   * While more than this many bytes wait for the peer to take them, nothing more is read from it
   * and none of its requests is processed.
   * For the answering side only: were both sides to pause, neither would read again.
   */
  readonly outputBudgetBytes: number;
}

/** How long a closed connection may take to deliver its last bytes. */
const LINGER_MS = 1000;

/** A channel over one byte stream. Frames of one turn of the event loop leave in one write. */
export class TcpChannel extends CommandChannel implements CountedConnection {
  /** For the network: what becomes of the socket's events. */
  readonly handlers: SocketHandlers = {
    onData: (chunk) => this.read(chunk),
    onDrain: () => this.resumeReading(),
    onClose: (cause) => this.dispose(cause),
  };
  readonly isInProcess?: true;
  private readonly decoder = new FrameDecoder();
  private readonly deliver = (command: RemotingCommand): void => this.take(command);
  private readonly output = new FrameWriter();
  private flushTask?: Cancellable;
  /** Looks for idleness; after close() ends the lingering. */
  private timer: Cancellable;
  private lastActivity: number;
  private isPaused = false;
  readonly openedAt: number;
  private commandsRead = 0;
  private incomplete: number | undefined;
  /** Requests that had been read when reading was paused. */
  private readonly held = new Fifo<RemotingCommand>();

  constructor(
    private readonly socket: Socket,
    id: string,
    context: ChannelContext,
    private readonly limits: TcpChannelLimits,
  ) {
    super({ id, remoteAddress: socket.remoteAddress, localAddress: socket.localAddress }, context);
    this.isInProcess = socket.isInProcess;
    this.openedAt = this.lastActivity = context.clock.monotonic();
    this.timer = context.clock.schedule(limits.idleTimeoutMs, () => this.closeIfIdle());
  }

  get hasSpoken(): boolean {
    return this.commandsRead > 0;
  }

  /** Not while it is we who don't read. */
  get incompleteSince(): number | undefined {
    return this.isPaused ? undefined : this.incomplete;
  }

  get bufferedBytes(): number {
    return this.output.byteLength + this.socket.bufferedBytes;
  }

  protected transmit(command: RemotingCommand): void {
    this.output.append(command);
    this.flushTask ??= this.context.clock.schedule(0, () => this.flush());
    if (this.output.byteLength > this.limits.outputBudgetBytes) this.pauseReading();
  }

  protected disconnect(): void {
    this.flush();
    this.timer.cancel();
    this.timer = this.context.clock.schedule(LINGER_MS, () => this.socket.destroy());
    this.resumeReading(); // else the peer's end would not be seen
    this.socket.end();
  }

  private read(chunk: Buffer): void {
    if (!this.isOpen) return;
    this.lastActivity = this.context.clock.monotonic();
    const before = this.commandsRead;
    try {
      this.decoder.decode(chunk, this.deliver);
      if (this.decoder.pendingBytes === 0) this.incomplete = undefined;
      else if (this.commandsRead > before) this.incomplete = this.lastActivity;
      else this.incomplete ??= this.lastActivity;
    } catch (error) {
      const { remoteAddress } = this;
      this.context.logger.warn('connection closed: what it sent is not the remoting protocol', {
        remoteAddress,
        error,
      });
      this.close();
    }
  }

  private flush(): void {
    this.flushTask?.cancel();
    this.flushTask = undefined;
    if (this.output.byteLength === 0) return;
    this.lastActivity = this.context.clock.monotonic();
    this.socket.write(this.output.take());
    if (this.socket.bufferedBytes > this.limits.outputBudgetBytes) this.pauseReading();
    else this.resumeReading();
  }

  private take(command: RemotingCommand): void {
    this.commandsRead++;
    if (this.isPaused && !isResponse(command)) this.held.push(command);
    else this.receive(command);
  }

  private pauseReading(): void {
    if (this.isPaused) return;
    this.isPaused = true;
    this.socket.pause();
  }

  private resumeReading(): void {
    if (!this.isPaused) return;
    this.isPaused = false;
    while (!this.isPaused) {
      const request = this.held.shift();
      if (request === undefined) {
        this.socket.resume();
        return;
      }
      this.receive(request);
    }
  }

  private closeIfIdle(): void {
    const idleMs = this.context.clock.monotonic() - this.lastActivity;
    const leftMs = this.limits.idleTimeoutMs - idleMs;
    if (leftMs > 0) {
      this.timer = this.context.clock.schedule(leftMs, () => this.closeIfIdle());
      return;
    }
    this.context.logger.info('connection closed: nothing was sent or received', {
      remoteAddress: this.remoteAddress,
      idleMs,
    });
    this.close();
  }

  private dispose(cause?: Error): void {
    this.timer.cancel();
    this.flushTask?.cancel();
    this.output.take();
    this.disconnected(cause);
  }
}
