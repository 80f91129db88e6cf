import { ClosedError } from '../../common/errors.js';
import type { Message } from '../../message/message.js';
import { propertyText } from '../../message/properties-codec.js';
import { PropertyName } from '../../message/property-names.js';
import { isRetryTopic } from '../../message/topic-names.js';
import type { ClientInstance } from '../client-instance.js';
import { bodyWriter } from '../compression/body-codecs.js';
import type { BatchMember } from './batch.js';
import {
  checkBody,
  checkFlag,
  checkTopic,
  encodeBody,
  encodeMessageProperties,
  type BodyEncoding,
  type OutgoingMessage,
} from './outgoing-message.js';
import type { ResolvedProducerOptions } from './producer-options.js';

/** Makes of a producer's messages what its requests carry, alone or as a batch's member. */
export class MessageEncoder {
  private readonly instanceProperty: string;
  private encoding?: BodyEncoding;

  constructor(
    private readonly client: ClientInstance,
    private readonly options: ResolvedProducerOptions,
  ) {
    const { name } = client.namespace;
    this.instanceProperty = name === '' ? '' : propertyText(PropertyName.instanceId, name);
  }

  /** Loads what compresses bodies. @throws ConfigurationError its library is not installed */
  async open(): Promise<void> {
    this.encoding = { ...this.options, compress: await bodyWriter(this.options.compressType) };
  }

  /** @throws InvalidMessageError what encode() would refuse as well */
  check(message: Message): void {
    checkTopic(message.topic);
    this.member(message);
  }

  /** @param extraProperties text that is put in front */
  encode(message: Message, extraProperties = '', extraSysFlag = 0, isReply = false): OutgoingMessage {
    if (!this.encoding) throw new ClosedError(`the producer of group ${this.options.group} was not started`);
    const messageId = message.messageId ?? this.client.messageIds.next();
    const { body, sysFlag } = encodeBody(message.body, this.encoding);
    return {
      topic: message.topic,
      body,
      sysFlag: sysFlag | extraSysFlag,
      flag: checkFlag(message.flag),
      properties: this.properties(message, messageId, extraProperties),
      messageId,
      isReply,
    };
  }

  member(message: Message, extraProperties = ''): BatchMember {
    checkBody(message.body, this.options.maxMessageSize);
    const messageId = message.messageId ?? this.client.messageIds.next();
    const properties = this.properties(message, messageId, extraProperties);
    return { messageId, flag: checkFlag(message.flag), body: message.body, properties };
  }

  /** Whether it may leave in a batch, which knows neither delay nor compression. */
  mayJoin(message: Message): boolean {
    return (
      Buffer.isBuffer(message.body) &&
      message.body.length < this.options.compressMsgBodyOverHowmuch &&
      (message.delayLevel ?? 0) === 0 &&
      message.deliverAt === undefined &&
      !isRetryTopic(message.topic)
    );
  }

  private properties(message: Message, messageId: string, extra: string): string {
    return encodeMessageProperties(message, messageId, this.instanceProperty + extra);
  }
}
