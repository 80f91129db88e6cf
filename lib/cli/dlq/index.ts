import { commandFamily } from '../admin-command.js';
import { dlqList } from './dlq-list.js';
import { dlqPurge } from './dlq-purge.js';
import { dlqResend } from './dlq-resend.js';
import { dlqShow } from './dlq-show.js';

export const dlq = commandFamily(
  {
    name: 'dlq',
    group: 'Watching and mending:',
    about: 'dead letters: messages that a consumer group gave up after its last attempt',
  },
  [dlqList, dlqShow, dlqResend, dlqPurge],
);
