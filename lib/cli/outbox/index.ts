import { commandFamily } from '../admin-command.js';
import { outboxPurge, outboxResume, outboxStatus } from './outbox-commands.js';

export const outbox = commandFamily(
  {
    name: 'outbox',
    group: 'Watching and mending:',
    about: "messages in a database's outbox, and those that were parked",
  },
  [outboxStatus, outboxResume, outboxPurge],
);
