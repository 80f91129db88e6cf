import { refuse } from '../../protocol/answers.js';
import type { RemotingCommand } from '../../protocol/remoting-command.js';
import { RequestCode } from '../../protocol/request-code.js';
import { ResponseCode } from '../../protocol/response-code.js';
import type { Channel } from '../../remoting/channel.js';
import type { RequestGate } from '../../remoting/remoting-server.js';
import type { BrokerOptions } from '../broker-options.js';

type Family = 'send' | 'pull';

/** Apache gives each of these families a queue of its own. Source: Apache 5.3 BrokerController#registerProcessor. */
const families: ReadonlyMap<number, Family> = new Map([
  [RequestCode.SEND_MESSAGE, 'send'],
  [RequestCode.SEND_MESSAGE_V2, 'send'],
  [RequestCode.SEND_BATCH_MESSAGE, 'send'],
  [RequestCode.CONSUMER_SEND_MSG_BACK, 'send'],
  [RequestCode.RECALL_MESSAGE, 'send'],
  [RequestCode.PULL_MESSAGE, 'pull'],
  [RequestCode.LITE_PULL_MESSAGE, 'pull'],
  [RequestCode.POP_MESSAGE, 'pull'],
  [RequestCode.PEEK_MESSAGE, 'pull'],
  [RequestCode.NOTIFICATION, 'pull'],
]);

export type RequestBudgetOptions = Pick<
  BrokerOptions,
  | 'sendThreadPoolQueueCapacity'
  | 'pullThreadPoolQueueCapacity'
  | 'maxRequestBytesInWork'
  | 'maxRequestBytesInWorkPerConnection'
>;

/**
 * Bounds the requests that have come and are not answered yet, by number and by the bytes they
 * brought. A connection has at most half of each number, so that none can shut out the others.
 */
export class RequestBudget implements RequestGate {
  private readonly inWork = { send: 0, pull: 0 };
  private readonly ofChannel = new WeakMap<Channel, { send: number; pull: number; bytes: number }>();
  private bytes = 0;

  constructor(private readonly options: RequestBudgetOptions) {}

  enter({ code, body }: RemotingCommand, channel: Channel): RemotingCommand | undefined {
    const own = this.of(channel);
    const family = families.get(code);
    if (family !== undefined) {
      const capacity = this.options[`${family}ThreadPoolQueueCapacity`];
      if (this.inWork[family] >= capacity || own[family] >= Math.ceil(capacity / 2)) {
        return overload(`${this.inWork[family]} requests of this kind wait for their answer`);
      }
    }
    const size = body?.length ?? 0;
    const { maxRequestBytesInWork, maxRequestBytesInWorkPerConnection } = this.options;
    // One always gets in, however large it is and small the budget.
    const isOver = this.bytes + size > maxRequestBytesInWork && this.bytes > 0;
    const isOwnOver = own.bytes + size > maxRequestBytesInWorkPerConnection && own.bytes > 0;
    if (size > 0 && (isOver || isOwnOver)) return overload(`${this.bytes} bytes of requests wait for their answer`);
    this.count(own, family, 1, size);
    return undefined;
  }

  leave({ code, body }: RemotingCommand, channel: Channel): void {
    this.count(this.of(channel), families.get(code), -1, -(body?.length ?? 0));
  }

  private count(own: Record<Family | 'bytes', number>, family: Family | undefined, requests: number, bytes: number) {
    if (family !== undefined) {
      this.inWork[family] += requests;
      own[family] += requests;
    }
    this.bytes += bytes;
    own.bytes += bytes;
  }

  private of(channel: Channel): { send: number; pull: number; bytes: number } {
    let own = this.ofChannel.get(channel);
    if (own === undefined) this.ofChannel.set(channel, (own = { send: 0, pull: 0, bytes: 0 }));
    return own;
  }
}

function overload(reason: string): RemotingCommand {
  return refuse(ResponseCode.SYSTEM_BUSY, `[OVERLOAD]system busy, start flow control for a while: ${reason}`);
}
