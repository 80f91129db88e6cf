import { createParamDecorator, Inject, type ExecutionContext, type PipeTransform, type Type } from '@nestjs/common';
import { Payload } from '@nestjs/microservices';
import { rocketTemplateToken, topicSenderToken } from './metadata.js';
import type { Topic } from './topic.js';

type Pipe = Type<PipeTransform> | PipeTransform;

/** Written out, since Nest 11 lacks a type that Nest 12 would put into ours. */
type ParameterDecoratorFactory<Data> = (data?: Data | Pipe, ...pipes: Pipe[]) => ParameterDecorator;

/** What these decorators read of a RocketContext. */
interface HandlerContext {
  readonly isBatch: boolean;
  getMessages(): readonly { readonly properties: ReadonlyMap<string, string> }[];
}

/** The decoded payload, or one of its properties, after the given pipes; the same as Nest's @Payload. */
export function RocketPayload(...pipes: Pipe[]): ParameterDecorator;
export function RocketPayload(property: string, ...pipes: Pipe[]): ParameterDecorator;
export function RocketPayload(propertyOrPipe?: string | Pipe, ...pipes: Pipe[]): ParameterDecorator {
  return Payload(propertyOrPipe as string, ...pipes);
}

/** The ReceivedMessage; a batch listener gets all of them. */
export const RocketMessage: ParameterDecoratorFactory<never> = createParamDecorator(
  (_data: undefined, execution: ExecutionContext) => eachMessage(execution, (message) => message),
);

/** One property of the message, or all as a record; a batch listener gets a list. */
export const RocketHeader: ParameterDecoratorFactory<string> = createParamDecorator(
  (name: string | undefined, execution: ExecutionContext) =>
    eachMessage(execution, ({ properties }) =>
      name === undefined ? Object.fromEntries(properties) : properties.get(name),
    ),
);

/** Injects the RocketTemplate of a named connection. */
export function InjectRocketTemplate(connection?: string): PropertyDecorator & ParameterDecorator {
  return Inject(rocketTemplateToken(connection));
}

/** Injects the TopicSender of a topic that MqModule.forFeature() was given. */
export function InjectTopic(topic: Topic | string, connection?: string): PropertyDecorator & ParameterDecorator {
  return Inject(topicSenderToken(typeof topic === 'string' ? { name: topic } : topic, connection));
}

function eachMessage<Value>(
  execution: ExecutionContext,
  read: (message: ReturnType<HandlerContext['getMessages']>[number]) => Value,
): Value | Value[] {
  const context = execution.switchToRpc().getContext<HandlerContext>();
  const messages = context.getMessages();
  return context.isBatch ? messages.map(read) : read(messages[0]);
}
