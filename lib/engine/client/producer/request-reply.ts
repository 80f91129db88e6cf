import { InvalidMessageError } from '../../common/errors.js';
import type { ReceivedMessage } from '../../message/message.js';
import { propertyText } from '../../message/properties-codec.js';
import { PropertyName } from '../../message/property-names.js';
import { replyTopicOf } from '../../message/topic-names.js';

const MARK_OF_REPLY = propertyText(PropertyName.messageType, 'reply');
const REPEATED = [PropertyName.correlationId, PropertyName.replyToClient, PropertyName.timeToLive] as const;

/** What makes a message a request. Source: Apache 5.3 DefaultMQProducerImpl#prepareSendRequest. */
export function requestProperties(correlationId: string, clientId: string, timeoutMs: number): string {
  return (
    propertyText(PropertyName.correlationId, correlationId) +
    propertyText(PropertyName.replyToClient, clientId) +
    propertyText(PropertyName.timeToLive, String(timeoutMs))
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
  let text = MARK_OF_REPLY;
  for (const name of REPEATED) {
    const value = properties.get(name);
    if (value !== undefined) text += propertyText(name, value);
  }
  return text;
}
