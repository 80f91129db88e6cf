import { sourceOf, TRANSACTION_CONTEXT, TRANSACTIONAL } from './metadata.js';
import type { Topic } from './topic.js';

/** The message of a `@RocketTransactional` method, made of the arguments of a call. */
export interface RocketTransactionalOptions<Arguments extends unknown[] = never[]> {
  /** A topic, `topic:tag` or a Topic. */
  topic: string | Topic;
  /** To find the message by. Default: none. */
  keys?: (...given: Arguments) => string | readonly string[];
  /** The payload. Default: the first argument. */
  body?: (...given: Arguments) => unknown;
  /** Messages with equal keys keep their order. Default: none. */
  shardingKey?: (...given: Arguments) => string;
  /** The application's own properties. Default: none. */
  headers?: (...given: Arguments) => Readonly<Record<string, string>>;
  /** Default: the only connection. */
  connection?: string;
}

/** What is left on a method. */
export interface TransactionalDefinition {
  /** Where it was written, such as `OrderService.place`. */
  source: string;
  options: RocketTransactionalOptions;
  /** What was written; the decorated method itself refuses calls until it is bound. */
  method: (...given: unknown[]) => Promise<unknown>;
}

/**
 * Each call of the method is a local transaction with a message: consumers get it if and only if the
 * transaction commits. The method runs as the work of RocketTemplate.sendInTransaction(), with what
 * that throws; it gets the transaction at its `@TransactionContext` parameter and answers as before.
 *
 * For providers and controllers that live as long as the application. Until their module is
 * initialized, and outside of an application, calls are refused.
 */
export function RocketTransactional<Arguments extends unknown[]>(
  options: RocketTransactionalOptions<Arguments>,
): <Method extends (...given: Arguments) => Promise<unknown>>(
  target: object,
  method: string | symbol,
  descriptor: TypedPropertyDescriptor<Method>,
) => void {
  return (target, method, descriptor) => {
    const written = descriptor.value as unknown as TransactionalDefinition['method'];
    const source = sourceOf(target, method);
    // Called without its transaction, it would change the database and send nothing.
    const unbound = (): Promise<never> =>
      Promise.reject(
        new Error(
          `${source} is @RocketTransactional: it can be called when the application with its MqModule has started`,
        ),
      );
    for (const key of Reflect.getMetadataKeys(written) as string[])
      Reflect.defineMetadata(key, Reflect.getMetadata(key, written), unbound);
    const definition = { source, options, method: written } as unknown as TransactionalDefinition;
    Reflect.defineMetadata(TRANSACTIONAL, definition, unbound);
    descriptor.value = unbound as never;
  };
}

/**
 * The parameter of a `@RocketTransactional` method that gets the transaction (TypeORM: the
 * EntityManager, Prisma: the transaction's client). Callers leave it out.
 */
export function TransactionContext(): ParameterDecorator {
  return (target, method, position) => {
    if (method === undefined) throw new TypeError('@TransactionContext() is for parameters of methods');
    Reflect.defineMetadata(TRANSACTION_CONTEXT, position, target, method);
  };
}
