import { ClosedError } from '../common/errors.js';
import { stampRecord } from '../message/message-codec.js';
import { encodeRecord } from '../message/record-writer.js';
import type { MessageRecord } from '../message/message.js';
import { PropertyName } from '../message/property-names.js';
import { SystemTopic } from '../message/topic-names.js';
import { encodeHeader } from '../protocol/field-table.js';
import { request, type RemotingCommand } from '../protocol/remoting-command.js';
import { checkTransactionStateRequest } from '../protocol/requests/check-transaction-state.js';
import { consumerGroupRequest } from '../protocol/requests/client-membership.js';
import { resetOffsetRequest, type ResetOffsetRequest } from '../protocol/requests/reset-offset.js';
import { RequestCode } from '../protocol/request-code.js';
import type { Logger } from '../ports/logger.js';
import type { Channel } from '../remoting/channel.js';
import type { AppendedRecord } from '../store/message-store.js';
import { realQueueOf } from './half-message.js';
import type { ConsumerGroup } from './tables/consumer-table.js';

/**
 * Requests the broker starts, all oneway: a client that has just gone needs no telling.
 * Source: Apache 5.3 Broker2Client.
 */
export class BrokerToClient {
  constructor(
    private readonly brokerName: string,
    private readonly log: Logger,
  ) {}

  notifyConsumerIdsChanged({ name, clients }: ConsumerGroup): void {
    const extFields = encodeHeader(consumerGroupRequest, { consumerGroup: name });
    for (const channel of clients.keys()) {
      this.send(channel, request(RequestCode.NOTIFY_CONSUMER_IDS_CHANGED, { extFields: { ...extFields } }));
    }
  }

  /**
   * Asks a producer about a half message.
   * @param half as it was stored before
   * @param stored where it is stored now: the answer has to name this place
   */
  checkTransactionState(channel: Channel, half: MessageRecord, stored: AppendedRecord): void {
    const uniqKey = half.properties.get(PropertyName.uniqKey);
    const extFields = encodeHeader(checkTransactionStateRequest, {
      topic: SystemTopic.half,
      tranStateTableOffset: stored.queueOffset,
      commitLogOffset: stored.physicalOffset,
      msgId: uniqKey,
      transactionId: uniqKey,
      offsetMsgId: stored.offsetMessageId,
      brokerName: this.brokerName,
    });
    const body = encodeRecord({ ...half, ...realQueueOf(half) });
    stampRecord(body, stored);
    this.send(channel, request(RequestCode.CHECK_TRANSACTION_STATE, { extFields, body }));
  }

  /** Tells a consumer where to go on. @param body see bodies/queue-offsets.ts */
  resetOffset(channel: Channel, { topic, group, timestamp, isForce }: ResetOffsetRequest, body: Buffer): void {
    const extFields = encodeHeader(resetOffsetRequest, { topic, group, timestamp, isForce });
    this.send(channel, request(RequestCode.RESET_CONSUMER_CLIENT_OFFSET, { extFields, body }));
  }

  private send(channel: Channel, command: RemotingCommand): void {
    try {
      channel.invokeOneway(command);
    } catch (error) {
      if (!(error instanceof ClosedError)) throw error;
      this.log.debug('a client has gone before it could be told', {
        code: command.code,
        client: channel.remoteAddress,
      });
    }
  }
}
