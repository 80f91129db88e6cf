import { BrokerResponseError } from '../common/errors.js';
import type { RemotingCommand } from '../protocol/remoting-command.js';
import { ResponseCode } from '../protocol/response-code.js';

/** Codes of a send that may succeed elsewhere or later. Source: Apache 5.3 DefaultMQProducer#retryResponseCodes. */
export const retriableResponseCodes: ReadonlySet<number> = new Set([
  ResponseCode.TOPIC_NOT_EXIST,
  ResponseCode.SERVICE_NOT_AVAILABLE,
  ResponseCode.SYSTEM_ERROR,
  ResponseCode.SYSTEM_BUSY,
  ResponseCode.NO_PERMISSION,
  ResponseCode.NO_BUYER_ID,
  ResponseCode.NOT_IN_CURRENT_UNIT,
  ResponseCode.GO_AWAY,
]);

export function responseError(response: RemotingCommand, address: string): BrokerResponseError {
  const remark = response.remark ?? 'without a remark';
  return new BrokerResponseError(response.code, remark, address, {
    retriable: retriableResponseCodes.has(response.code),
  });
}

/** @throws BrokerResponseError unless the code is SUCCESS; the remark does not matter, Apache sends one with success too */
export function expectSuccess(response: RemotingCommand, address: string): RemotingCommand {
  if (response.code !== ResponseCode.SUCCESS) throw responseError(response, address);
  return response;
}
