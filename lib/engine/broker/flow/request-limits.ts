import { refuse } from '../../protocol/answers.js';
import type { RemotingCommand } from '../../protocol/remoting-command.js';
import { RequestCode } from '../../protocol/request-code.js';
import { ResponseCode } from '../../protocol/response-code.js';
import type { RequestGuard } from '../../remoting/remoting-server.js';
import type { BrokerOptions } from '../broker-options.js';

/** Their bodies are messages, or lists that an administrator has made; bounded by frames and message sizes. */
const largeBodies: ReadonlySet<number> = new Set([
  RequestCode.SEND_MESSAGE,
  RequestCode.SEND_MESSAGE_V2,
  RequestCode.SEND_BATCH_MESSAGE,
  RequestCode.SEND_REPLY_MESSAGE,
  RequestCode.SEND_REPLY_MESSAGE_V2,
  RequestCode.UPDATE_AND_CREATE_TOPIC_LIST,
  RequestCode.UPDATE_AND_CREATE_SUBSCRIPTIONGROUP_LIST,
]);

/** Refuses bodies that are larger than any client makes them, before they are read. */
export class RequestLimits implements RequestGuard {
  constructor(private readonly options: Pick<BrokerOptions, 'maxControlBodySize'>) {}

  refusal({ code, body }: RemotingCommand): RemotingCommand | undefined {
    const { maxControlBodySize: limit } = this.options;
    if (body === undefined || body.length <= limit || largeBodies.has(code)) return undefined;
    const remark = `the body of request ${code} has ${body.length} bytes; at most ${limit} are allowed (maxControlBodySize)`;
    return refuse(ResponseCode.INVALID_PARAMETER, remark);
  }
}
