import {
  context,
  propagation,
  ROOT_CONTEXT,
  SpanKind,
  SpanStatusCode,
  trace,
  type Attributes,
  type Context,
  type Link,
  type Span,
  type TextMapGetter,
  type TracerProvider,
} from '@opentelemetry/api';
import type { Message, ReceivedMessage } from '../engine/index.js';
import type { ConsumeOperation, ConsumeResult, Telemetry } from '../transport/telemetry.js';
import {
  consumeAttributes,
  errorType,
  formerAttributes,
  messageAttributes,
  SCOPE,
  sendAttributes,
  spanName,
  wantsFormerNames,
} from './semantic-conventions.js';

/** Where spans go. */
export interface TracingOptions {
  /** Default: the one that is registered globally. */
  tracerProvider?: TracerProvider;
}

/**
 * Spans by OpenTelemetry's conventions for messaging: one for each send, and one for each call of a
 * listener, which is part of the sender's trace. The trace context travels in the message's
 * properties, in the format of the registered propagator (W3C: `traceparent`), so that retries, dead
 * letters, delayed, transaction and batched messages keep it. Without a registered SDK nothing happens.
 * The environment variable OTEL_SEMCONV_STABILITY_OPT_IN is read here, as the conventions say.
 */
export function openTelemetryTracing({ tracerProvider = trace }: TracingOptions = {}): Telemetry {
  const tracer = (): ReturnType<TracerProvider['getTracer']> => tracerProvider.getTracer(SCOPE);
  const former = wantsFormerNames(process.env.OTEL_SEMCONV_STABILITY_OPT_IN) ? formerAttributes : () => ({});
  return {
    send: async (operation, work) => {
      const attributes = { ...sendAttributes(operation), ...former(operation) };
      const span = tracer().startSpan(spanName(attributes, operation.topic), { kind: SpanKind.PRODUCER, attributes });
      const inside = trace.setSpan(context.active(), span);
      for (const message of operation.messages) carry(inside, message);
      return during(span, inside, work, (result) => {
        if (hasMessageId(result)) span.setAttribute('messaging.message.id', result.messageId);
      });
    },

    carry: (message) => carry(context.active(), message),

    consume: async <Result extends ConsumeResult>(operation: ConsumeOperation, work: () => Promise<Result>) => {
      const senders = operation.messages.map(senderOf);
      const links = senders.flatMap((sender, index) => linkTo(sender, operation.messages[index]) ?? []);
      const attributes = { ...consumeAttributes(operation), ...former(operation) };
      const span = tracer().startSpan(
        spanName(attributes, operation.messages[0].topic),
        { kind: SpanKind.CONSUMER, attributes, links },
        parentOf(senders),
      );
      return during(span, trace.setSpan(context.active(), span), work, ({ outcome, error }) => {
        span.setAttribute('rocketmq.consume.outcome', outcome);
        if (error !== undefined) fail(span, error);
      });
    },
  };
}

/** The span ends when `work` does; `work` runs inside it. */
async function during<Result>(
  span: Span,
  inside: Context,
  work: () => Promise<Result>,
  onResult: (result: Result) => void,
): Promise<Result> {
  try {
    const result = await context.with(inside, work);
    onResult(result);
    return result;
  } catch (error) {
    fail(span, error);
    throw error;
  } finally {
    span.end();
  }
}

function fail(span: Span, error: unknown): void {
  span.recordException(error instanceof Error ? error : String(error));
  span.setAttribute('error.type', errorType(error));
  span.setStatus({ code: SpanStatusCode.ERROR, message: error instanceof Error ? error.message : undefined });
}

function carry(from: Context, message: Message): void {
  const carrier = { ...message.properties };
  propagation.inject(from, carrier);
  message.properties = carrier;
}

const properties: TextMapGetter<ReceivedMessage['properties']> = {
  get: (carrier, key) => carrier.get(key),
  keys: (carrier) => [...carrier.keys()],
};

/** The context in which a message was sent. */
function senderOf(message: ReceivedMessage): Context {
  return propagation.extract(ROOT_CONTEXT, message.properties, properties);
}

function linkTo(sender: Context, message: ReceivedMessage): Link | undefined {
  const spanContext = trace.getSpanContext(sender);
  return spanContext && { context: spanContext, attributes: linkAttributes(message) };
}

function linkAttributes(message: ReceivedMessage): Attributes {
  return { 'messaging.message.id': message.messageId, ...messageAttributes(message) };
}

/** A batch out of several traces belongs to none of them; its links name them all. */
function parentOf(senders: readonly Context[]): Context {
  const traceIds = new Set(senders.map((sender) => trace.getSpanContext(sender)?.traceId));
  return traceIds.size === 1 ? senders[0] : ROOT_CONTEXT;
}

function hasMessageId(result: unknown): result is { messageId: string } {
  return typeof result === 'object' && result !== null && 'messageId' in result && typeof result.messageId === 'string';
}
