import { RpcException } from '@nestjs/microservices';
import { RocketMqError, type ReceivedMessage } from '../engine/index.js';
import { InvalidPayloadError, UndecodableBodyError } from './exceptions.js';

/** The property of a reply whose body is an error. */
export const REPLY_ERROR = 'replyError';

/** RocketMQ's property that ties a reply to its request. Source: Apache 5.3 MessageConst. */
const CORRELATION_ID = 'CORRELATION_ID';

/** Answers a request. @param isError the payload is what went wrong */
export type Replier = (request: ReceivedMessage, payload: unknown, isError: boolean) => Promise<void>;

/** The handler of a request failed; `error` is what it, or a filter behind it, made of the failure. */
export class RequestFailedError extends RocketMqError {
  readonly code = 'REQUEST_FAILED';

  constructor(
    destination: string,
    /** As the handler's side replied it: a text, or an object such as `{ status: 'error', message }`. */
    readonly error: unknown,
  ) {
    super(`the handler of the request to ${destination} failed: ${textOf(error)}`);
  }
}

export function isRequest({ properties }: Pick<ReceivedMessage, 'properties'>): boolean {
  return properties.has(CORRELATION_ID);
}

export function isErrorReply({ properties }: Pick<ReceivedMessage, 'properties'>): boolean {
  return properties.has(REPLY_ERROR);
}

/** What the requester may know of a failure: as Nest's own transports, only what was thrown for it to see. */
export function errorReply(failure: unknown): unknown {
  if (failure instanceof RpcException) {
    const error = failure.getError();
    return typeof error === 'object' && !(error instanceof Error)
      ? error
      : { status: 'error', message: failure.message };
  }
  if (failure instanceof InvalidPayloadError || failure instanceof UndecodableBodyError)
    return { status: 'error', message: failure.message };
  if (failure instanceof Error || typeof failure !== 'object' || failure === null)
    return { status: 'error', message: 'Internal server error' };
  return failure; // what a filter of the application made of it
}

function textOf(error: unknown): string {
  if (typeof error === 'string') return error;
  const message = typeof error === 'object' && error !== null && 'message' in error ? error.message : undefined;
  return typeof message === 'string' ? message : JSON.stringify(error);
}
