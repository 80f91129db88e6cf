import type { ReceivedMessage } from '../../message/message.js';
import { PropertyName } from '../../message/property-names.js';
import type { ClientInstance } from '../client-instance.js';
import type { ConsumeCall, ConsumeOutcome, ConsumerHook } from '../hooks/consumer-hook.js';
import type { ProducerHook, SendAttempt, SentMessageType } from '../hooks/producer-hook.js';
import { DEFAULT_REGION } from '../producer/send-attempt.js';
import type { TraceDispatcher } from './trace-dispatcher.js';
import { TraceContextCode, TraceMessageType, type PubRecord, type SubBeforeRecord } from './trace-record.js';

const messageTypes: Record<SentMessageType, TraceMessageType> = {
  NORMAL: TraceMessageType.normal,
  TRANSACTION_HALF: TraceMessageType.transactionHalf,
  DELAY: TraceMessageType.delay,
};

/** Traces what a producer does. Source: Apache 5.3 SendMessageTraceHookImpl, EndTransactionTraceHookImpl, DefaultRecallMessageTraceHook. */
export function producerTrace({ clock, namespace }: ClientInstance, dispatcher: TraceDispatcher): ProducerHook {
  const begun = new WeakMap<SendAttempt, number>();
  return {
    beforeSend(attempt) {
      if (!dispatcher.isTrace(attempt.topic)) begun.set(attempt, clock.now());
    },
    afterSend(attempt, outcome) {
      const timestamp = begun.get(attempt);
      if (timestamp === undefined || outcome?.status === undefined) return;
      const { status, offsetMessageId, regionId, traceOn } = outcome;
      if (!traceOn) return;
      const record: PubRecord = {
        type: 'Pub',
        timestamp,
        regionId,
        group: namespace.unwrap(attempt.producerGroup),
        topic: namespace.unwrap(attempt.topic),
        messageId: attempt.messageId,
        tag: attempt.properties.get(PropertyName.tags),
        keys: attempt.properties.get(PropertyName.keys),
        storeHost: attempt.brokerAddress,
        bodyLength: attempt.body.length,
        costMs: clock.now() - timestamp,
        messageType: messageTypes[attempt.messageType],
        offsetMessageId,
        success: status === 'SEND_OK',
      };
      dispatcher.append(record);
    },
    afterEndTransaction({ producerGroup, topic, brokerAddress, ...ended }) {
      if (dispatcher.isTrace(topic)) return;
      dispatcher.append({
        ...ended,
        type: 'EndTransaction',
        timestamp: clock.now(),
        regionId: DEFAULT_REGION,
        group: namespace.unwrap(producerGroup),
        topic: namespace.unwrap(topic),
        storeHost: brokerAddress,
      });
    },
    afterRecall({ producerGroup, topic, ...recalled }) {
      dispatcher.append({
        ...recalled,
        type: 'Recall',
        timestamp: clock.now(),
        regionId: DEFAULT_REGION,
        group: namespace.unwrap(producerGroup),
        topic: namespace.unwrap(topic),
      });
    },
  };
}

/** Traces what a consumer does. Source: Apache 5.3 ConsumeMessageTraceHookImpl. */
export function consumerTrace(
  { clock, messageIds, namespace }: ClientInstance,
  dispatcher: TraceDispatcher,
  consumeTimeoutMs: number,
): ConsumerHook {
  const begun = new WeakMap<ConsumeCall, SubBeforeRecord>();
  return {
    beforeConsume(call) {
      const traced = call.messages.filter(({ properties }) => properties.get(PropertyName.traceOn) !== 'false');
      if (traced.length === 0) return;
      const record: SubBeforeRecord = {
        type: 'SubBefore',
        timestamp: clock.now(),
        regionId: traced[0].properties.get(PropertyName.msgRegion) ?? DEFAULT_REGION,
        group: namespace.unwrap(call.consumerGroup),
        requestId: messageIds.next(),
        topic: namespace.unwrap(traced[0].topic),
        messages: traced.map(consumedMessage),
      };
      begun.set(call, record);
      dispatcher.append(record);
    },
    afterConsume(call, outcome) {
      const before = begun.get(call);
      if (!before) return;
      const now = clock.now();
      const runningMs = now - before.timestamp;
      dispatcher.append({
        ...before,
        type: 'SubAfter',
        timestamp: now,
        costMs: Math.floor(runningMs / call.messages.length),
        success: outcome.status === 'SUCCESS',
        contextCode: runningMs >= consumeTimeoutMs ? TraceContextCode.timeOut : contextCodeOf(outcome),
      });
    },
  };
}

function consumedMessage({ messageId, properties, reconsumeTimes }: ReceivedMessage): SubBeforeRecord['messages'][0] {
  return { messageId, keys: properties.get(PropertyName.keys), retryTimes: reconsumeTimes };
}

/** Source: Apache 5.3 ConsumeMessageConcurrentlyService.ConsumeRequest#run. */
function contextCodeOf({ status, error }: ConsumeOutcome): number {
  if (error !== undefined) return TraceContextCode.exception;
  if (status === undefined) return TraceContextCode.returnNull;
  return status === 'SUCCESS' ? TraceContextCode.success : TraceContextCode.failed;
}
