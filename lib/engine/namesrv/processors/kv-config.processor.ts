import { refuse, succeed, succeedWith } from '../../protocol/answers.js';
import { decodeHeader, encodeHeader } from '../../protocol/field-table.js';
import type { RemotingCommand } from '../../protocol/remoting-command.js';
import {
  kvConfigRequest,
  kvConfigResponse,
  kvListRequest,
  putKvConfigRequest,
} from '../../protocol/requests/kv-config.js';
import { ResponseCode } from '../../protocol/response-code.js';
import type { KvConfig } from '../kv-config.js';

/**
 * PUT_KV_CONFIG (100), GET_KV_CONFIG (101), DELETE_KV_CONFIG (102), GET_KVLIST_BY_NAMESPACE (219).
 * Source: Apache 5.3 namesrv DefaultRequestProcessor.
 */
export class KvConfigProcessor {
  constructor(private readonly kvConfig: KvConfig) {}

  async put(request: RemotingCommand): Promise<RemotingCommand> {
    const { namespace, key, value } = decodeHeader(putKvConfigRequest, request.extFields);
    await this.kvConfig.put(namespace, key, value);
    return succeed();
  }

  get(request: RemotingCommand): RemotingCommand {
    const { namespace, key } = decodeHeader(kvConfigRequest, request.extFields);
    const value = this.kvConfig.get(namespace, key);
    if (value === undefined) {
      return refuse(ResponseCode.QUERY_NOT_FOUND, `No config item, Namespace: ${namespace} Key: ${key}`);
    }
    return succeed(encodeHeader(kvConfigResponse, { value }));
  }

  async delete(request: RemotingCommand): Promise<RemotingCommand> {
    const { namespace, key } = decodeHeader(kvConfigRequest, request.extFields);
    await this.kvConfig.delete(namespace, key);
    return succeed();
  }

  list(request: RemotingCommand): RemotingCommand {
    const { namespace } = decodeHeader(kvListRequest, request.extFields);
    const table = this.kvConfig.list(namespace);
    if (table === undefined) return refuse(ResponseCode.QUERY_NOT_FOUND, `No config item, Namespace: ${namespace}`);
    return succeedWith({ table });
  }
}
