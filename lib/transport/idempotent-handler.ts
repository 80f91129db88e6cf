import { isObservable, lastValueFrom } from 'rxjs';
import type { IdempotencyOptions } from '../decorators/metadata.js';
import { inboxKeyOf, type Inbox } from '../transaction/index.js';
import type { RocketContext } from './rocketmq.context.js';
import type { Listener } from './subscription-plan.js';

/** What an idempotent listener needs of an inbox. */
export type OnceInbox = Pick<Inbox<unknown>, 'once'>;

/** The handler inside a unit of work that remembers the message; a duplicate is not handed to it. */
export function applyOnce(
  handle: Listener['handle'],
  idempotency: true | IdempotencyOptions,
  inbox: OnceInbox | undefined,
): Listener['handle'] {
  return async (payload: unknown, context: RocketContext) => {
    const key = inboxKeyOf(context.getMessage(), idempotency === true ? {} : idempotency);
    await inbox?.once({ group: context.group, key }, async (transaction) => {
      context.setTransaction(transaction);
      // Its end is awaited inside: the transaction must not be committed before.
      const result = await handle(payload, context);
      if (isObservable(result)) await lastValueFrom(result, { defaultValue: undefined });
    });
  };
}
