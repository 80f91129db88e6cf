import { Fifo } from '../../common/fifo.js';
import type { Clock } from '../../ports/clock.js';
import { refuse } from '../../protocol/answers.js';
import type { RemotingCommand } from '../../protocol/remoting-command.js';
import { ResponseCode } from '../../protocol/response-code.js';
import type { Channel } from '../../remoting/channel.js';
import type { BrokerOptions } from '../broker-options.js';

/** What one answer to a pull brings at most, but for a single message that is larger. */
const ANSWER_BYTES = 256 * 1024;
/** So often, in bytes that were answered, it is counted anew what waits on all connections together. */
const COUNT_EVERY_BYTES = 1024 * 1024;

/** Reads under way for one connection, and those that wait for their turn. */
interface Turns {
  running: number;
  readonly waiting: Fifo<() => void>;
}

/**
 * Bounds the answers that are made faster than their readers take them. So many of a connection are
 * read from the store at a time as fit its budget, others wait; whoever leaves what is ready unread
 * gets no more until it has caught up.
 */
export class AnswerBudget {
  private readonly turns = new WeakMap<Channel, Turns>();
  private running = 0;
  private unsent = 0;
  private answeredSinceCount = COUNT_EVERY_BYTES;

  constructor(
    private readonly options: Pick<BrokerOptions, 'maxUnsentBytes' | 'maxUnsentBytesPerConnection'>,
    /** All that are open. */
    private readonly channels: () => Iterable<Pick<Channel, 'bufferedBytes'>>,
    private readonly clock: Clock,
  ) {}

  /** @returns why this connection gets nothing now; undefined: it does */
  refusal(channel: Channel): RemotingCommand | undefined {
    const { maxUnsentBytes, maxUnsentBytesPerConnection } = this.options;
    const { bufferedBytes } = channel;
    if (bufferedBytes > maxUnsentBytesPerConnection) {
      return refuse(ResponseCode.FLOW_CONTROL, `${bufferedBytes} bytes wait to be read by this connection`);
    }
    // Who takes what it gets isn't to suffer from those that don't.
    if (bufferedBytes < ANSWER_BYTES || this.unsentOfAll() <= maxUnsentBytes) return undefined;
    return refuse(
      ResponseCode.SYSTEM_BUSY,
      `[OVERLOAD]system busy, start flow control for a while: ${this.unsent} bytes wait to be read by all connections`,
    );
  }

  /** Resolves when it is this connection's turn to read from the store; undefined: it is. After it, end() is due. */
  begin(channel: Channel): Promise<void> | undefined {
    let turns = this.turns.get(channel);
    if (turns === undefined) this.turns.set(channel, (turns = { running: 0, waiting: new Fifo() }));
    const bytes = channel.bufferedBytes + (turns.running + 1) * ANSWER_BYTES;
    if (turns.running === 0 || bytes <= this.options.maxUnsentBytesPerConnection) {
      turns.running++;
      this.running++;
      return undefined;
    }
    const { waiting } = turns;
    return new Promise((resolve) => waiting.push(resolve)); // its turn is handed over by end()
  }

  /** @param bytes of the answer */
  end(channel: Channel, bytes: number): void {
    this.answeredSinceCount += bytes;
    const turns = this.turns.get(channel);
    const next = turns?.waiting.shift();
    if (next !== undefined) {
      this.clock.schedule(0, next); // when this answer is counted among what is buffered
    } else if (turns !== undefined) {
      turns.running--;
      this.running--;
    }
  }

  /** Never less than there is: answers since the last count are taken for unread. */
  private unsentOfAll(): number {
    if (this.answeredSinceCount >= COUNT_EVERY_BYTES) {
      this.answeredSinceCount = 0;
      this.unsent = 0;
      for (const { bufferedBytes } of this.channels()) this.unsent += bufferedBytes;
    }
    return this.unsent + this.answeredSinceCount + this.running * ANSWER_BYTES;
  }
}
