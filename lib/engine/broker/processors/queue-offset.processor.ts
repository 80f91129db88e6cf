import { decodeHeader, encodeHeader } from '../../protocol/field-table.js';
import type { RemotingCommand } from '../../protocol/remoting-command.js';
import {
  offsetResponse,
  queueRequest,
  searchOffsetRequest,
  timestampResponse,
} from '../../protocol/requests/queue-offset.js';
import type { MessageStore } from '../../store/message-store.js';
import { succeed } from '../../protocol/answers.js';

/**
 * SEARCH_OFFSET_BY_TIMESTAMP (29), GET_MAX_OFFSET (30), GET_MIN_OFFSET (31),
 * GET_EARLIEST_MSG_STORETIME (32).
 * Source: Apache 5.3 AdminBrokerProcessor.
 */
export class QueueOffsetProcessor {
  constructor(private readonly store: MessageStore) {}

  async search(request: RemotingCommand): Promise<RemotingCommand> {
    const { topic, queueId, timestamp, boundaryType } = decodeHeader(searchOffsetRequest, request.extFields);
    const boundary = boundaryType?.toLowerCase() === 'upper' ? 'upper' : 'lower';
    const offset = await this.store.offsetByTimestamp(topic, queueId, timestamp, boundary);
    return succeed(encodeHeader(offsetResponse, { offset }));
  }

  max(request: RemotingCommand): RemotingCommand {
    const { topic, queueId } = decodeHeader(queueRequest, request.extFields);
    return succeed(encodeHeader(offsetResponse, { offset: this.store.maxQueueOffset(topic, queueId) }));
  }

  min(request: RemotingCommand): RemotingCommand {
    const { topic, queueId } = decodeHeader(queueRequest, request.extFields);
    return succeed(encodeHeader(offsetResponse, { offset: this.store.minQueueOffset(topic, queueId) }));
  }

  async earliestStoreTime(request: RemotingCommand): Promise<RemotingCommand> {
    const { topic, queueId } = decodeHeader(queueRequest, request.extFields);
    const timestamp = await this.store.earliestStoreTimestamp(topic, queueId);
    return succeed(encodeHeader(timestampResponse, { timestamp }));
  }
}
