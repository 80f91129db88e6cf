import * as errors from './errors.js';

/** An error as another thread can get it. */
export interface ErrorParcel {
  readonly name: string;
  readonly message: string;
  readonly stack?: string;
  /** Its own fields: code, retriable and what its class adds. */
  readonly fields: Readonly<Record<string, unknown>>;
  readonly cause?: ErrorParcel;
}

const classes = new Map<string, { prototype: object }>(
  Object.values(errors).map((error) => [error.name, error as { prototype: object }]),
);

export function packError(error: unknown): ErrorParcel {
  if (!(error instanceof Error)) return { name: 'Error', message: String(error), fields: {} };
  const plain = Object.entries(error).filter(([, value]) => ['string', 'number', 'boolean'].includes(typeof value));
  return {
    name: error.name,
    message: error.message,
    stack: error.stack,
    fields: Object.fromEntries(plain),
    cause: error.cause === undefined ? undefined : packError(error.cause),
  };
}

/** The error again, of its own class where that is one of this library's. */
export function unpackError({ name, message, stack, fields, cause }: ErrorParcel): Error {
  const error = new Error(message, cause === undefined ? undefined : { cause: unpackError(cause) });
  const known = classes.get(name);
  if (known) Object.setPrototypeOf(error, known.prototype);
  return Object.assign(error, { ...fields, name, stack });
}
