import type { TopicGuard } from '../../access/topic-guard.js';
import { RecordView } from '../../message/record-view.js';
import { decodeHeader, encodeHeader } from '../../protocol/field-table.js';
import { response, type RemotingCommand } from '../../protocol/remoting-command.js';
import {
  queryMessageRequest,
  queryMessageResponse,
  viewMessageRequest,
} from '../../protocol/requests/query-message.js';
import { ResponseCode } from '../../protocol/response-code.js';
import type { Channel } from '../../remoting/channel.js';
import type { MessageStore } from '../../store/message-store.js';
import { refuse } from '../../protocol/answers.js';
import { destinationOf, lookUpRecord } from '../record-lookup.js';

/** What a query by unique id is given, whatever it asks for. Source: Apache 5.3 MessageStoreConfig#defaultQueryMaxNum. */
const UNIQUE_KEY_QUERY_COUNT = 32;
/** Source: Apache 5.3 MessageStoreConfig#maxMsgsNumBatch. */
const MAX_COUNT = 64;

/**
 * QUERY_MESSAGE (12), VIEW_MESSAGE_BY_ID (33).
 * Source: Apache 5.3 QueryMessageProcessor.
 */
export class QueryMessageProcessor {
  constructor(
    private readonly store: MessageStore,
    private readonly guard: TopicGuard,
  ) {}

  async query(request: RemotingCommand): Promise<RemotingCommand> {
    const header = decodeHeader(queryMessageRequest, request.extFields);
    const asked = header.uniqueKeyQuery === 'true' ? UNIQUE_KEY_QUERY_COUNT : header.maxNum;
    const count = Math.min(Math.max(0, asked), MAX_COUNT);
    const { topic, key, beginTimestamp, endTimestamp } = header;
    const result = await this.store.query(topic, key, count, beginTimestamp, endTimestamp);
    // The index knows hashes only, and keys can be made that have another topic's hash.
    const records = result.records.filter((bytes) => new RecordView(bytes, 0).topic === topic);
    const extFields = encodeHeader(queryMessageResponse, {
      indexLastUpdateTimestamp: result.indexLastUpdateTimestamp,
      indexLastUpdatePhyoffset: result.indexLastUpdatePhysicalOffset,
    });
    return records.length > 0
      ? response(ResponseCode.SUCCESS, { extFields, body: Buffer.concat(records) })
      : response(ResponseCode.QUERY_NOT_FOUND, {
          extFields,
          remark: 'can not find message, maybe time range not correct',
        });
  }

  /** The topic that the request names is anybody's guess: permission is asked for the record's. */
  async view(request: RemotingCommand, channel: Channel): Promise<RemotingCommand> {
    const { offset } = decodeHeader(viewMessageRequest, request.extFields);
    const record = await lookUpRecord(this.store, offset);
    const refusal = record && this.guard.topicRefusal(request, channel, destinationOf(record), 'Get');
    if (refusal !== undefined) return refusal;
    const bytes = record === undefined ? undefined : await this.store.getByPhysicalOffset(offset);
    return bytes === undefined
      ? refuse(ResponseCode.SYSTEM_ERROR, `can not find message by the offset, ${offset}`)
      : response(ResponseCode.SUCCESS, { body: bytes });
  }
}
