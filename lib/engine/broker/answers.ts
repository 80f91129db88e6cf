import { response, type RemotingCommand } from '../protocol/remoting-command.js';
import { ResponseCode } from '../protocol/response-code.js';
import type { FastjsonInput } from '../common/fastjson.js';
import { writeFastjson } from '../common/fastjson.js';

/** An answer that says why not. */
export function refuse(code: number, remark: string): RemotingCommand {
  return response(code, { remark });
}

export function succeed(extFields?: Record<string, string>): RemotingCommand {
  return response(ResponseCode.SUCCESS, { extFields });
}

/** A body in the dialect that Apache's clients and tools read. */
export function succeedWith(body: FastjsonInput): RemotingCommand {
  return response(ResponseCode.SUCCESS, { body: Buffer.from(writeFastjson(body)) });
}
