import {
  sourceOf,
  TRANSACTION_CHECKS,
  type TransactionCheckDefinition,
  type TransactionCheckOptions,
} from './metadata.js';

/**
 * Answers the broker's question about a half message that stayed silent and that the coordinator
 * did not send: the method gets the message (ReceivedMessage) and resolves to 'COMMIT', 'ROLLBACK'
 * or 'UNKNOWN'. Throwing counts as UNKNOWN: the broker asks again.
 */
export function TransactionCheck(options: TransactionCheckOptions = {}): MethodDecorator {
  return (target, method, descriptor) => {
    const handler = descriptor.value as object;
    const above = (Reflect.getMetadata(TRANSACTION_CHECKS, handler) ?? []) as TransactionCheckDefinition[];
    Reflect.defineMetadata(TRANSACTION_CHECKS, [...above, { ...options, source: sourceOf(target, method) }], handler);
  };
}
