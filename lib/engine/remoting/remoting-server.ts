import { Service, startInOrder, stopInReverse, type Startable } from '../common/lifecycle.js';
import type { Clock } from '../ports/clock.js';
import type { Logger } from '../ports/logger.js';
import { isOneway, response, type RemotingCommand } from '../protocol/remoting-command.js';
import { ResponseCode } from '../protocol/response-code.js';
import type { Acceptor, Channel, ProcessorTable, RequestProcessor } from './channel.js';

/** Decides which requests are let in, and is told when they have been answered. */
export interface RequestGate {
  /** @returns an answer that refuses; undefined: let in, and leave() follows */
  enter(request: RemotingCommand, channel: Channel): RemotingCommand | undefined;
  leave(request: RemotingCommand, channel: Channel): void;
}

/** Decides who may send a request, before anything is done about it. */
export interface RequestGuard {
  /** @returns an answer that refuses; undefined: allowed */
  refusal(request: RemotingCommand, channel: Channel): RemotingCommand | undefined;
}

export interface RemotingServerOptions {
  readonly acceptors: readonly Acceptor[];
  readonly processors: ProcessorTable;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Default: everybody may send everything. */
  readonly guard?: RequestGuard;
  /** Default: every request is let in. */
  readonly gate?: RequestGate;
  /** How long stop() waits for requests that are being answered. Default 5000. */
  readonly drainTimeoutMs?: number;
}

/** Peers beyond this version (5.3.1) understand GO_AWAY. Source: Apache 5.3 NettyRemotingAbstract#processRequestCommand. */
const GO_AWAY_ABOVE_VERSION = 475;

/** Answers requests that come in through its acceptors. */
export class RemotingServer extends Service {
  private readonly openChannels = new Set<Channel>();
  private readonly openListeners: ((channel: Channel) => void)[] = [];
  private readonly processors: ProcessorTable;
  private requestsInFlight = 0;
  private onDrained?: () => void;

  constructor(private readonly options: RemotingServerOptions) {
    super();
    this.processors = new Map([...options.processors].map(([code, processor]) => [code, this.counted(processor)]));
  }

  /** Of each acceptor, real ports included; valid after start(). */
  get addresses(): string[] {
    return this.options.acceptors.map(({ address }) => address);
  }

  get channels(): ReadonlySet<Channel> {
    return this.openChannels;
  }

  /** Calls `listener` for every connection from now on, before its first request. */
  onOpen(listener: (channel: Channel) => void): void {
    this.openListeners.push(listener);
  }

  protected async onStart(): Promise<void> {
    await startInOrder(this.options.acceptors.map((acceptor) => this.startable(acceptor)));
  }

  /** New requests are sent away, those in flight are answered until the deadline, then all is closed. */
  protected async onStop(): Promise<void> {
    for (const acceptor of this.options.acceptors) acceptor.refuse();
    await this.drain();
    await stopInReverse(this.options.acceptors.map((acceptor) => this.startable(acceptor)));
  }

  private startable(acceptor: Acceptor): Startable {
    return {
      start: () => acceptor.start(this.processors, (channel) => this.welcome(channel)),
      stop: () => acceptor.stop(),
    };
  }

  private welcome(channel: Channel): void {
    this.openChannels.add(channel);
    channel.onClose(() => this.openChannels.delete(channel));
    for (const listener of this.openListeners) listener(channel);
  }

  private counted(processor: RequestProcessor): RequestProcessor {
    const { guard, gate } = this.options;
    return (request, channel) => {
      // A oneway request can't be told to go elsewhere, so it is still served.
      if (this.isStopping && !isOneway(request) && request.version > GO_AWAY_ABOVE_VERSION) return goAway();
      const refusal = guard?.refusal(request, channel) ?? gate?.enter(request, channel);
      if (refusal !== undefined) return refusal;
      this.requestsInFlight++;
      const ended = (): void => {
        gate?.leave(request, channel);
        this.requestsInFlight--;
        if (this.requestsInFlight === 0) this.onDrained?.();
      };
      try {
        const outcome = processor(request, channel);
        if (outcome !== undefined && 'then' in outcome) outcome.then(ended, ended);
        else ended();
        return outcome;
      } catch (error) {
        ended();
        throw error;
      }
    };
  }

  private async drain(): Promise<void> {
    if (this.requestsInFlight === 0) return;
    const { clock, logger, drainTimeoutMs = 5000 } = this.options;
    await new Promise<void>((resolve) => {
      const deadline = clock.schedule(drainTimeoutMs, () => {
        logger.warn('stopped before all requests were answered', { unanswered: this.requestsInFlight });
        resolve();
      });
      this.onDrained = () => {
        deadline.cancel();
        resolve();
      };
    });
  }
}

function goAway(): RemotingCommand {
  return response(ResponseCode.GO_AWAY, { remark: 'please go away' });
}
