import type { AdminClient, BrokerTarget } from '../../../engine/index.js';
import { adminCommand, type CommandFactory } from '../../admin-command.js';
import { optional } from '../../option-table.js';

/** A command that has brokers remove something: one, those of a cluster, or all masters. */
function cleaning(
  name: string,
  about: string,
  clean: (admin: AdminClient, target: BrokerTarget) => Promise<string[]>,
): CommandFactory {
  return adminCommand({
    name,
    group: 'Brokers:',
    about: `${about}; of all masters unless -b or -c is given`,
    options: {
      address: optional('-b, --brokerAddr <address>', 'of the broker at host:port'),
      cluster: optional('-c, --cluster <name>', 'of all masters of a cluster'),
    },
    async run({ admin, output }, target) {
      const brokers = await clean(admin, target);
      output.print({ brokers }, `Done on ${brokers.join(', ')}.`);
    },
  });
}

export const cleanExpiredCq = cleaning(
  'cleanExpiredCQ',
  'removes consume queues whose messages are gone',
  (admin, target) => admin.brokers.cleanExpiredConsumeQueues(target),
);

export const cleanUnusedTopic = cleaning(
  'cleanUnusedTopic',
  'removes what is left of deleted topics',
  (admin, target) => admin.brokers.cleanUnusedTopics(target),
);

export const deleteExpiredCommitLog = cleaning(
  'deleteExpiredCommitLog',
  'removes files of the log beyond their time now, not at their hour',
  (admin, target) => admin.brokers.deleteExpiredCommitLogs(target),
);
