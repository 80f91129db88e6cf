import { writeFastjson, type FastjsonInput } from '../common/fastjson.js';
import { response, type RemotingCommand } from './remoting-command.js';
import { ResponseCode } from './response-code.js';

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
