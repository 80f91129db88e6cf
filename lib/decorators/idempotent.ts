import { IDEMPOTENCY, ROCKET_LISTENERS, type IdempotencyOptions, type ListenerDefinition } from './metadata.js';

/**
 * Has a `@RocketListener` apply each message once, however often it is delivered: the handler runs in
 * a unit of work of the module's inbox, which remembers the message in the same transaction. What
 * the handler writes there, by `context.getTransaction()`, is committed with it or not at all. A
 * duplicate is acknowledged at once.
 */
export function Idempotent(options: IdempotencyOptions = {}): MethodDecorator {
  return (_target, _method, descriptor) => {
    const handler = descriptor.value as object;
    Reflect.defineMetadata(IDEMPOTENCY, options, handler);
    // Those written below have read their options already.
    const below = (Reflect.getMetadata(ROCKET_LISTENERS, handler) ?? []) as ListenerDefinition[];
    for (const definition of below) Object.assign(definition.options, { idempotency: options });
  };
}
