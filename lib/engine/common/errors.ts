/** What every error of this library can be told. */
export interface RocketMqErrorOptions {
  cause?: unknown;
  /** True when the same call may succeed if repeated. */
  retriable?: boolean;
}

/** Base of every error of this library. `code` is stable; the message says what happened and what to do. */
export abstract class RocketMqError extends Error {
  abstract readonly code: string;
  readonly retriable: boolean;

  constructor(message: string, options: RocketMqErrorOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = new.target.name;
    this.retriable = options.retriable ?? false;
  }
}

/** Bytes or fields from a peer that break the remoting protocol. */
export class ProtocolError extends RocketMqError {
  readonly code = 'PROTOCOL';
}

/** A stored record or file that is not what was written. */
export class CorruptRecordError extends RocketMqError {
  readonly code = 'CORRUPT_RECORD';

  constructor(
    message: string,
    readonly file: string,
    /** Byte position inside `file`. */
    readonly offset: number,
    options?: RocketMqErrorOptions,
  ) {
    super(`${message} (${file} at byte ${offset})`, options);
  }
}

/** A peer answered with a response code other than success. */
export class BrokerResponseError extends RocketMqError {
  readonly code = 'BROKER_RESPONSE';

  constructor(
    /** See protocol/response-code.ts. */
    readonly responseCode: number,
    readonly remark: string,
    readonly address: string,
    options?: RocketMqErrorOptions,
  ) {
    super(`${address} answered code ${responseCode}: ${remark}`, options);
  }
}

/** No answer in time; whether the request took effect is unknown. */
export class RequestTimeoutError extends RocketMqError {
  readonly code = 'REQUEST_TIMEOUT';

  constructor(
    what: string,
    readonly timeoutMs: number,
    options?: RocketMqErrorOptions,
  ) {
    super(`${what}: no answer within ${timeoutMs} ms`, { retriable: true, ...options });
  }
}

/** A connection could not be made. Nothing was sent. */
export class ConnectError extends RocketMqError {
  readonly code = 'CONNECT';

  constructor(
    readonly address: string,
    reason: string,
    options?: RocketMqErrorOptions,
  ) {
    super(`cannot connect to ${address}: ${reason}`, { retriable: true, ...options });
  }
}

/** The connection or service was closed before or while the call ran. */
export class ClosedError extends RocketMqError {
  readonly code = 'CLOSED';
}

/** The caller's AbortSignal ended the wait. */
export class AbortedError extends RocketMqError {
  readonly code = 'ABORTED';
}

/** A wrong option or argument of our own API; names the field, its limit and the remedy. */
export class ConfigurationError extends RocketMqError {
  readonly code: string = 'CONFIGURATION';

  constructor(
    readonly field: string,
    message: string,
    options?: RocketMqErrorOptions,
  ) {
    super(`${field}: ${message}`, options);
  }
}

/** Another process listens on the port. */
export class PortInUseError extends ConfigurationError {
  override readonly code = 'PORT_IN_USE';

  constructor(
    host: string,
    readonly port: number,
    options?: RocketMqErrorOptions,
  ) {
    super(
      'listen',
      `${host}:${port} is in use by another process; stop it or choose another port (0 takes a free one)`,
      options,
    );
  }
}

/** A message that may not be sent: name, size or property out of bounds. Nothing was sent. */
export class InvalidMessageError extends RocketMqError {
  readonly code = 'INVALID_MESSAGE';

  constructor(
    readonly field: string,
    message: string,
    options?: RocketMqErrorOptions,
  ) {
    super(`${field}: ${message}`, options);
  }
}

/** No route to the topic: it does not exist, or no broker that serves it is alive. */
export class TopicNotFoundError extends RocketMqError {
  readonly code = 'TOPIC_NOT_FOUND';

  constructor(
    readonly topic: string,
    hint: string,
    options?: RocketMqErrorOptions,
  ) {
    super(`no route to topic ${topic}: ${hint}`, { retriable: true, ...options });
  }
}

/** Another process holds the store directory. */
export class StoreLockedError extends RocketMqError {
  readonly code = 'STORE_LOCKED';

  constructor(
    readonly directory: string,
    options?: RocketMqErrorOptions,
    /** The process that has it, where it is known. */
    readonly processId?: number,
  ) {
    const holder = processId === undefined ? 'another broker' : `the broker of process ${processId}`;
    super(`${directory} is in use by ${holder}; stop that one or choose another storeDir`, options);
  }
}

/** The disk is beyond its limit. Nothing was written; sends succeed again when space is back. */
export class StoreFullError extends RocketMqError {
  readonly code = 'STORE_FULL';
}

/** The store stopped itself because the disk failed (fail-stop: an fsync is never retried). */
export class StoreFailedError extends RocketMqError {
  readonly code = 'STORE_FAILED';
}
