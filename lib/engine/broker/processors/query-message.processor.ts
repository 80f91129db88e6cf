import { decodeHeader, encodeHeader } from '../../protocol/field-table.js';
import { response, type RemotingCommand } from '../../protocol/remoting-command.js';
import {
  queryMessageRequest,
  queryMessageResponse,
  viewMessageRequest,
} from '../../protocol/requests/query-message.js';
import { ResponseCode } from '../../protocol/response-code.js';
import type { MessageStore } from '../../store/message-store.js';
import { refuse } from '../../protocol/answers.js';
import { lookUpRecord } from '../record-lookup.js';

/** What a query by unique id is given, whatever it asks for. Source: Apache 5.3 MessageStoreConfig#defaultQueryMaxNum. */
const UNIQUE_KEY_QUERY_COUNT = 32;
/** Source: Apache 5.3 MessageStoreConfig#maxMsgsNumBatch. */
const MAX_COUNT = 64;

/**
 * QUERY_MESSAGE (12), VIEW_MESSAGE_BY_ID (33).
 * Source: Apache 5.3 QueryMessageProcessor.
 */
export class QueryMessageProcessor {
  constructor(private readonly store: MessageStore) {}

  async query(request: RemotingCommand): Promise<RemotingCommand> {
    const header = decodeHeader(queryMessageRequest, request.extFields);
    const asked = header.uniqueKeyQuery === 'true' ? UNIQUE_KEY_QUERY_COUNT : header.maxNum;
    const count = Math.min(Math.max(0, asked), MAX_COUNT);
    const { topic, key, beginTimestamp, endTimestamp } = header;
    const result = await this.store.query(topic, key, count, beginTimestamp, endTimestamp);
    const extFields = encodeHeader(queryMessageResponse, {
      indexLastUpdateTimestamp: result.indexLastUpdateTimestamp,
      indexLastUpdatePhyoffset: result.indexLastUpdatePhysicalOffset,
    });
    return result.records.length > 0
      ? response(ResponseCode.SUCCESS, { extFields, body: Buffer.concat(result.records) })
      : response(ResponseCode.QUERY_NOT_FOUND, {
          extFields,
          remark: 'can not find message, maybe time range not correct',
        });
  }

  async view(request: RemotingCommand): Promise<RemotingCommand> {
    const { offset } = decodeHeader(viewMessageRequest, request.extFields);
    const record = await lookUpRecord(this.store, offset);
    const bytes = record === undefined ? undefined : await this.store.getByPhysicalOffset(offset);
    return bytes === undefined
      ? refuse(ResponseCode.SYSTEM_ERROR, `can not find message by the offset, ${offset}`)
      : response(ResponseCode.SUCCESS, { body: bytes });
  }
}
