import { z } from 'zod';
import type { RocketListenerOptions } from '../decorators/metadata.js';
import { optionProblems } from './check-options.js';

const positive = z.number().int().min(1);

/** Rules for a function, a delay list and the like, shared with the module's options. */
export const rules = {
  callback: z.custom<unknown>((value) => typeof value === 'function', 'must be a function'),
  consumeFrom: z.union([z.literal('first'), z.literal('last'), z.date()], "must be 'first', 'last' or a Date"),
  backoff: z.union(
    [z.array(z.number().min(0)).min(1), z.custom<unknown>((value) => typeof value === 'function')],
    'must be a list of milliseconds or a function',
  ),
  positive,
  concurrency: positive,
  pullBatchSize: positive.max(1024),
  maxReconsumeTimes: z.number().int().min(-1),
  suspendMs: z.number().int().min(10).max(30_000),
};

const schema = z
  .strictObject({
    id: z.string().min(1),
    connection: z.string().min(1),
    selector: z.strictObject({ type: z.enum(['TAG', 'SQL92']), expression: z.string().min(1) }),
    mode: z.enum(['concurrent', 'orderly']),
    model: z.enum(['clustering', 'broadcasting']),
    concurrency: rules.concurrency,
    pullBatchSize: rules.pullBatchSize,
    batch: z.strictObject({ size: positive.max(1024), waitMs: z.number().int().min(0).max(60_000).optional() }),
    rateLimit: z.strictObject({ messages: positive.max(100_000), perMs: positive.max(3_600_000) }),
    enableTrace: z.boolean(),
    traceTopic: z.string().min(1),
    maxReconsumeTimes: rules.maxReconsumeTimes,
    suspendMs: rules.suspendMs,
    consumeFrom: rules.consumeFrom,
    autoStartup: z.boolean(),
    consumeTimeoutMs: positive,
    backoff: rules.backoff,
    retryOn: rules.callback,
    deadLetter: z.string().min(1),
    deserializer: rules.callback,
    reply: z.boolean(),
    idempotency: z.union([z.boolean(), z.strictObject({ key: rules.callback.optional() })]),
    schema: z.custom<unknown>(isStandardSchema, 'must be a Standard Schema, such as one of zod, valibot or arktype'),
  } satisfies Record<keyof RocketListenerOptions, z.ZodType>)
  .partial();

/** What is wrong with the options of a @RocketListener, each as `path: problem`. */
export function listenerOptionProblems(options: unknown): string[] {
  return optionProblems(schema, options);
}

function isStandardSchema(value: unknown): boolean {
  return (typeof value === 'object' || typeof value === 'function') && value !== null && '~standard' in value;
}
