import type { Attributes } from '@opentelemetry/api';
import { RocketMqError, type Message, type ReceivedMessage } from '../engine/index.js';
import type { ConsumeOperation, SendOperation } from '../transport/telemetry.js';

// Names of OpenTelemetry's semantic conventions for messaging from 1.27 on, with those for RocketMQ. They are
// written out here: the package that lists them keeps names that may still change behind another door.

/** The instrumentation scope of spans and instruments. */
export const SCOPE = 'nestjs-rocketmq';

/**
 * Whether the names of 1.24 are wanted, too, by those who move from them.
 * @param optIn the value of OTEL_SEMCONV_STABILITY_OPT_IN: a list of which `messaging/dup` asks for both
 */
export function wantsFormerNames(optIn = ''): boolean {
  return optIn.split(',').some((value) => value.trim() === 'messaging/dup');
}

/** What 1.24 has other names for. */
export function formerAttributes(operation: SendOperation | ConsumeOperation): Attributes {
  return 'group' in operation
    ? { 'messaging.operation': 'deliver', 'messaging.rocketmq.client_group': operation.group }
    : { 'messaging.operation': 'publish', 'messaging.rocketmq.client_group': operation.producerGroup };
}

/** Source: the conventions' `{messaging.operation.name} {destination}`. */
export function spanName({ 'messaging.operation.name': operation }: Attributes, topic: string): string {
  return `${String(operation)} ${topic}`;
}

export function sendAttributes(operation: SendOperation): Attributes {
  const { kind, topic, producerGroup, messages } = operation;
  return {
    ...destination(topic),
    'messaging.operation.type': 'send',
    'messaging.operation.name': kind,
    'rocketmq.producer.group': producerGroup,
    ...(kind === 'batch' ? { 'messaging.batch.message_count': messages.length } : {}),
    ...(messages.length === 1 ? outgoingAttributes(messages[0], kind) : {}),
  };
}

export function consumeAttributes({ group, queue, messages, isBatch, listener }: ConsumeOperation): Attributes {
  return {
    ...destination(messages[0].topic), // the original one, also of a retry
    'messaging.operation.type': 'process',
    'messaging.operation.name': 'process',
    'messaging.consumer.group.name': group,
    'messaging.destination.partition.id': `${queue.brokerName}:${queue.queueId}`,
    'rocketmq.listener': listener,
    'rocketmq.reconsume_times': Math.max(...messages.map(({ reconsumeTimes }) => reconsumeTimes)),
    ...(isBatch ? { 'messaging.batch.message_count': messages.length } : singleAttributes(messages[0])),
  };
}

/** Of one message: what finds it again, never what it says. */
export function messageAttributes({ tag, keys, body }: ReceivedMessage | Message): Attributes {
  const list = typeof keys === 'string' ? [keys] : (keys ?? []);
  return {
    'messaging.message.body.size': body.length,
    ...(tag === undefined ? {} : { 'messaging.rocketmq.message.tag': tag }),
    ...(list.length === 0 ? {} : { 'messaging.rocketmq.message.keys': [...list] }),
  };
}

/** The class of an error, with the code of ours. */
export function errorType(error: unknown): string {
  if (error instanceof RocketMqError) return error.code;
  return error instanceof Error ? error.name : '_OTHER';
}

function destination(topic: string): Attributes {
  return { 'messaging.system': 'rocketmq', 'messaging.destination.name': topic };
}

function singleAttributes(message: ReceivedMessage): Attributes {
  return { 'messaging.message.id': message.messageId, ...messageAttributes(message) };
}

function outgoingAttributes(message: Message, kind: SendOperation['kind']): Attributes {
  const { delayLevel, deliverAt, shardingKey } = message;
  return {
    ...messageAttributes(message),
    'messaging.rocketmq.message.type': typeOf(message, kind),
    ...(delayLevel === undefined ? {} : { 'messaging.rocketmq.message.delay_time_level': delayLevel }),
    ...(deliverAt === undefined ? {} : { 'messaging.rocketmq.message.delivery_timestamp': deliverAt }),
    ...(shardingKey === undefined ? {} : { 'messaging.rocketmq.message.group': shardingKey }),
  };
}

function typeOf({ delayLevel, deliverAt, shardingKey }: Message, kind: SendOperation['kind']): string {
  if (kind === 'transaction') return 'transaction';
  if (delayLevel !== undefined || deliverAt !== undefined) return 'delay';
  return shardingKey === undefined ? 'normal' : 'fifo';
}
