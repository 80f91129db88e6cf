import { decodeHeader, encodeHeader } from '../../protocol/field-table.js';
import { response, type RemotingCommand } from '../../protocol/remoting-command.js';
import { queryConsumerOffsetRequest, updateConsumerOffsetRequest } from '../../protocol/requests/consumer-offset.js';
import { offsetResponse } from '../../protocol/requests/queue-offset.js';
import { ResponseCode } from '../../protocol/response-code.js';
import type { MessageStore } from '../../store/message-store.js';
import { refuse, succeed } from '../../protocol/answers.js';
import type { BrokerOptions } from '../broker-options.js';
import { isYoungQueue } from '../young-queue.js';
import type { Tables } from '../tables/tables.js';

/**
 * QUERY_CONSUMER_OFFSET (14), UPDATE_CONSUMER_OFFSET (15).
 * Source: Apache 5.3 ConsumerManageProcessor.
 */
export class ConsumerOffsetProcessor {
  constructor(
    private readonly options: Pick<BrokerOptions, 'useServerSideResetOffset'>,
    private readonly tables: Pick<Tables, 'topics' | 'groups' | 'offsets'>,
    private readonly store: Pick<MessageStore, 'minQueueOffset' | 'maxPhysicalOffset' | 'get'>,
    /** Bytes at the log's end that count as still in memory. */
    private readonly memoryBytes: number,
  ) {}

  /**
   * A group without an offset begins at 0 in a young queue: its first message is there and counts as
   * still in memory. Else the consumer begins where its consumeFromWhere says.
   */
  async query(request: RemotingCommand): Promise<RemotingCommand> {
    const header = decodeHeader(queryConsumerOffsetRequest, request.extFields);
    const { consumerGroup, topic, queueId, setZeroIfNotFound } = header;
    const offset = this.tables.offsets.query(consumerGroup, topic, queueId);
    if (offset !== undefined) return succeed(encodeHeader(offsetResponse, { offset }));
    if (setZeroIfNotFound === false) {
      return refuse(ResponseCode.QUERY_NOT_FOUND, 'Not found, do not set to zero, maybe this group boot first');
    }
    if (this.tables.topics.has(topic) && (await isYoungQueue(this.store, topic, queueId, this.memoryBytes))) {
      return succeed(encodeHeader(offsetResponse, { offset: 0 }));
    }
    return refuse(ResponseCode.QUERY_NOT_FOUND, 'Not found, V3_0_6_SNAPSHOT maybe this group consumer boot first');
  }

  update(request: RemotingCommand): RemotingCommand {
    const header = decodeHeader(updateConsumerOffsetRequest, request.extFields);
    const { consumerGroup, topic, queueId, commitOffset } = header;
    if (!this.tables.groups.has(consumerGroup)) {
      return refuse(ResponseCode.SUBSCRIPTION_GROUP_NOT_EXIST, `Group ${consumerGroup} not exist!`);
    }
    if (!this.tables.topics.has(topic)) return refuse(ResponseCode.TOPIC_NOT_EXIST, `Topic ${topic} not exist!`);
    if (queueId < 0 || commitOffset < 0) {
      return refuse(ResponseCode.INVALID_PARAMETER, `queueId ${queueId} and offset ${commitOffset} must be 0 or more`);
    }
    if (this.options.useServerSideResetOffset && this.tables.offsets.hasReset(consumerGroup, topic, queueId)) {
      return response(ResponseCode.SUCCESS, { remark: 'Offset has been previously reset' });
    }
    this.tables.offsets.commit(consumerGroup, topic, queueId, commitOffset);
    return succeed();
  }
}
