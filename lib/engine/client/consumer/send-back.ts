import { PropertyName } from '../../message/property-names.js';
import { encodeProperties } from '../../message/properties-codec.js';
import { retryTopic } from '../../message/topic-names.js';
import type { ClientInstance } from '../client-instance.js';
import { compressionFlags } from '../compression/body-codecs.js';
import { MessageSender } from '../producer/message-sender.js';
import type { OutgoingMessage } from '../producer/outgoing-message.js';
import { producerDefaults } from '../producer/producer-options.js';
import type { StoredMessage } from '../received-message.js';

/** Of sends on behalf of consumers. Source: Apache 5.3 MixAll#CLIENT_INNER_PRODUCER_GROUP. */
const INNER_PRODUCER_GROUP = 'CLIENT_INNER_PRODUCER';

/** Delay level that means: to the dead letters. */
export const DEAD_LETTER_LEVEL = -1;

/** Without a level of its own a retry waits longer each time: level 3 first. */
const FIRST_RETRY_LEVEL = 3;

/** All bits that say how a body is compressed. */
const COMPRESSION_FLAGS = compressionFlags.LZ4 | compressionFlags.ZSTD | compressionFlags.ZLIB;

/**
 * Gives messages that were not consumed back to the cluster, for a later attempt or as dead letters.
 * Source: Apache 5.3 DefaultMQPushConsumerImpl#sendMessageBack.
 */
export class SendBack {
  private readonly sender: MessageSender;

  constructor(
    private readonly client: ClientInstance,
    private readonly group: string,
    private readonly maxReconsumeTimes: number,
  ) {
    this.sender = new MessageSender(client, { ...producerDefaults, group: INNER_PRODUCER_GROUP });
  }

  /**
   * Resolves when the message is stored again, so that this delivery of it is settled.
   * @param delayLevel 0: grows with each attempt; DEAD_LETTER_LEVEL
   * @throws what kept both ways from working; the message is still to be consumed
   */
  async send(message: StoredMessage, delayLevel: number): Promise<void> {
    const { brokerName } = message;
    const topic = this.client.namespace.wrap(message.topic);
    try {
      await this.client.brokers.consumerSendBack(await this.client.routes.findMasterAddress({ topic, brokerName }), {
        offset: message.physicalOffset,
        group: this.group,
        delayLevel,
        originMsgId: message.messageId,
        originTopic: topic,
        unitMode: false,
        maxReconsumeTimes: this.maxReconsumeTimes,
        brokerName,
      });
    } catch (error) {
      this.client.logger.warn('message not taken back by its broker; sending a copy', {
        group: this.group,
        messageId: message.messageId,
        error,
      });
      await this.sendCopy(message, delayLevel);
    }
  }

  /** Any broker takes it; what the other way looks up, the message brings along. */
  private async sendCopy(message: StoredMessage, delayLevel: number): Promise<void> {
    const topic = retryTopic(this.group);
    await this.sender.loadRoute(topic);
    await this.sender.send(this.copyOf(message, topic, delayLevel), {
      queues: this.sender.publishQueues(topic),
      deadline: this.client.clock.monotonic() + producerDefaults.sendMsgTimeoutMs,
    });
  }

  private copyOf(message: StoredMessage, topic: string, delayLevel: number): OutgoingMessage {
    const properties = new Map(message.properties);
    properties.delete(PropertyName.transactionPrepared);
    properties.set(PropertyName.retryTopic, this.client.namespace.wrap(message.topic));
    properties.set(
      PropertyName.originMessageId,
      properties.get(PropertyName.originMessageId) ?? message.offsetMessageId,
    );
    properties.set(
      PropertyName.delayLevel,
      String(delayLevel > 0 ? delayLevel : FIRST_RETRY_LEVEL + message.reconsumeTimes),
    );
    return {
      topic,
      body: message.storedBody,
      sysFlag: message.sysFlag & COMPRESSION_FLAGS,
      flag: message.flag,
      properties: encodeProperties(properties),
      messageId: message.messageId,
      // Beyond the maximum the broker puts it to the dead letters.
      reconsumeTimes: delayLevel === DEAD_LETTER_LEVEL ? this.maxReconsumeTimes + 1 : message.reconsumeTimes + 1,
      maxReconsumeTimes: this.maxReconsumeTimes,
    };
  }
}
