import { InvalidMessageError } from '../../common/errors.js';
import type { ReceivedMessage } from '../../message/message.js';
import { encodeProperties } from '../../message/properties-codec.js';
import { PropertyName } from '../../message/property-names.js';
import { replyTopicOf } from '../../message/topic-names.js';

const REPLY_TYPE = 'reply';

/** What makes a message a request. Source: Apache 5.3 DefaultMQProducerImpl#prepareSendRequest. */
export function requestProperties(correlationId: string, clientId: string, timeoutMs: number): string {
  return encodeProperties(
    new Map([
      [PropertyName.correlationId, correlationId],
      [PropertyName.replyToClient, clientId],
      [PropertyName.timeToLive, String(timeoutMs)],
    ]),
  );
}

/** Of the cluster the request came by. @throws InvalidMessageError when it is no request. Source: Apache 5.3 MessageUtil. */
export function replyTopic({ properties, messageId }: ReceivedMessage): string {
  const cluster = properties.get(PropertyName.cluster);
  if (cluster === undefined || !properties.has(PropertyName.correlationId)) {
    throw new InvalidMessageError('request', `message ${messageId} asks for no reply; it was sent, not requested`);
  }
  return replyTopicOf(cluster);
}

/** What ties a reply to its request. */
export function replyProperties({ properties }: ReceivedMessage): string {
  const reply = new Map<string, string>([[PropertyName.messageType, REPLY_TYPE]]);
  for (const name of [PropertyName.correlationId, PropertyName.replyToClient, PropertyName.timeToLive]) {
    const value = properties.get(name);
    if (value !== undefined) reply.set(name, value);
  }
  return encodeProperties(reply);
}
