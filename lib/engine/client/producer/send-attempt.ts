import { decodeProperties, type Properties } from '../../message/properties-codec.js';
import { PropertyName } from '../../message/property-names.js';
import { SystemFlag, transactionType } from '../../message/system-flag.js';
import type { SendMessageResponse } from '../../protocol/requests/send-message.js';
import type { SendAttempt, SendOutcome, SentMessageType } from '../hooks/producer-hook.js';
import type { OutgoingMessage } from './outgoing-message.js';
import type { SendStatus } from './send-result.js';

/** Of brokers that say of no other. Source: Apache 5.3 MixAll#DEFAULT_TRACE_REGION_ID. */
export const DEFAULT_REGION = 'DefaultRegion';

const DELAYS = [PropertyName.delayLevel, PropertyName.timerDeliverMs, PropertyName.startDeliverTime];

/** An attempt as hooks see it; properties are only read from their text by who asks for them. */
export function describeAttempt(
  message: OutgoingMessage,
  circumstances: Pick<SendAttempt, 'producerGroup' | 'queue' | 'brokerAddress' | 'isOneway'>,
): SendAttempt {
  let properties: Properties | undefined;
  return {
    ...circumstances,
    topic: message.topic,
    messageId: message.messageId,
    body: message.body,
    get properties() {
      return (properties ??= decodeProperties(message.properties));
    },
    get messageType() {
      return typeOf(message, this.properties);
    },
  };
}

/** Source: Apache 5.3 MQClientAPIImpl#processSendResponse. */
export function outcomeOf(status: SendStatus, { msgId, region, traceOn }: SendMessageResponse): SendOutcome {
  return { status, offsetMessageId: msgId, regionId: region ?? DEFAULT_REGION, traceOn: traceOn ?? true };
}

/** Source: Apache 5.3 DefaultMQProducerImpl#sendKernelImpl. */
function typeOf({ sysFlag }: OutgoingMessage, properties: Properties): SentMessageType {
  if (transactionType(sysFlag) === SystemFlag.transactionPrepared) return 'TRANSACTION_HALF';
  return DELAYS.some((name) => properties.has(name)) ? 'DELAY' : 'NORMAL';
}
