export type { OutboxStatus, ParkedRow, ParkedSelection } from './outbox-admin.js';
export { defaultOutboxTuning, type OutboxOptions, type OutboxTuning } from './outbox-options.js';
export type { RelayCounts } from './outbox-relay.js';
export type { OutboxProducer } from './outbox-sender.js';
export { OutboxService, type Outgoing } from './outbox.js';
