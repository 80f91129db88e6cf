export { inboxKeyOf, type Idempotency } from './idempotency.js';
export { Inbox, type InboxCounts, type InboxEntry, type InboxOptions } from './inbox.js';
