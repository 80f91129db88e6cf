import { decodeRecord } from '../../message/message-codec.js';
import { decodeHeader } from '../../protocol/field-table.js';
import { response, type RemotingCommand } from '../../protocol/remoting-command.js';
import { queryConsumeQueueRequest } from '../../protocol/requests/broker-admin.js';
import { ResponseCode } from '../../protocol/response-code.js';
import { refuse, succeed, succeedWith } from '../../protocol/answers.js';
import type { MessageStore } from '../../store/message-store.js';
import type { ConsumerTable } from '../tables/consumer-table.js';

/** Apache sets no limit. */
const MAX_ENTRIES = 1000;
const MAX_READ_BYTES = 4 * 1024 * 1024;

/**
 * QUERY_CONSUME_QUEUE (321), GET_BROKER_HA_STATUS (907), CLEAN_EXPIRED_CONSUMEQUEUE (306), CLEAN_UNUSED_TOPIC (316),
 * DELETE_EXPIRED_COMMITLOG (329), GET_BROKER_EPOCH_CACHE (1007).
 * Source: Apache 5.3 AdminBrokerProcessor.
 */
export class StoreAdminProcessor {
  constructor(
    private readonly store: MessageStore,
    private readonly consumers: ConsumerTable,
  ) {}

  /** Entries of a consume queue from an index on. */
  async consumeQueue(request: RemotingCommand): Promise<RemotingCommand> {
    const { topic, queueId, index, count, consumerGroup } = decodeHeader(queryConsumeQueueRequest, request.extFields);
    const maxQueueIndex = this.store.maxQueueOffset(topic, queueId);
    const minQueueIndex = this.store.minQueueOffset(topic, queueId);
    if (maxQueueIndex === 0) return refuse(ResponseCode.SYSTEM_ERROR, `${queueId}@${topic} is not exist!`);
    if (index < minQueueIndex || index >= maxQueueIndex) {
      return response(ResponseCode.SUCCESS, { remark: `Index ${index} of ${queueId}@${topic} is not exist!` });
    }
    const end = Math.min(maxQueueIndex, index + Math.min(count, MAX_ENTRIES));
    const queueData = await this.entries(topic, queueId, index, end);
    if (consumerGroup === undefined) return succeedWith({ maxQueueIndex, minQueueIndex, queueData });
    const subscriptionData = this.consumers.subscription(consumerGroup, topic);
    const filterData = subscriptionData === undefined ? `${consumerGroup}@${topic} is not online!` : 'null';
    return succeedWith({ filterData, maxQueueIndex, minQueueIndex, queueData, subscriptionData });
  }

  /** There is nobody to replicate to. */
  haStatus(): RemotingCommand {
    return succeedWith({
      haClientRuntimeInfo: {
        activated: false,
        lastReadTimestamp: 0,
        lastWriteTimestamp: 0,
        masterFlushOffset: 0,
        maxOffset: 0,
        transferredByteInSecond: 0,
      },
      haConnectionInfo: [],
      inSyncSlaveNums: 0,
      master: true,
      masterCommitLogMaxOffset: this.store.maxPhysicalOffset(),
    });
  }

  /** The store removes what has expired and the queues of deleted topics by itself. */
  clean(): RemotingCommand {
    return succeed();
  }

  /** Files that have been kept long enough go now, whatever the hour. */
  async deleteExpired(): Promise<RemotingCommand> {
    await this.store.removeExpiredFiles();
    return succeed();
  }

  epochs(): RemotingCommand {
    return refuse(ResponseCode.SYSTEM_ERROR, 'this request only for controllerMode ');
  }

  /** Up to `end`, or as many as one read gives. */
  private async entries(topic: string, queueId: number, index: number, end: number): Promise<object[]> {
    if (end <= index) return [];
    const codes: number[] = [];
    const { records } = await this.store.get({
      topic,
      queueId,
      queueOffset: index,
      maxCount: end - index,
      maxBytes: MAX_READ_BYTES,
      // The code in the entry; a record doesn't hold it.
      filter: { matchesTagsCode: (code) => codes.push(code) > 0 },
    });
    return records.map((bytes, i) => ({
      eval: false,
      physicOffset: decodeRecord(bytes).physicalOffset,
      physicSize: bytes.length,
      tagsCode: codes[i],
    }));
  }
}
