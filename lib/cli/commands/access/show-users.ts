import type { UserInfo } from '../../../engine/index.js';
import { adminCommand } from '../../admin-command.js';
import { optional, required } from '../../option-table.js';
import type { Output } from '../../output/output.js';
import { brokerTarget, targetOf } from '../broker-target.js';

type UserOfBroker = { readonly broker: string } & UserInfo;

export const getUser = adminCommand({
  name: 'getUser',
  group: 'Users:',
  about: 'a user: type and status',
  options: { ...brokerTarget, username: required('-u, --username <name>', 'the user') },
  async run({ admin, output }, { username, ...target }) {
    const users: UserOfBroker[] = [];
    for (const broker of await admin.brokers.addresses(targetOf(target))) {
      const user = await admin.access.user(broker, username);
      if (user !== undefined) users.push({ broker, ...user });
    }
    showUsers(output, users);
  },
});

export const listUser = adminCommand({
  name: 'listUser',
  group: 'Users:',
  about: 'the users',
  options: { ...brokerTarget, filter: optional('-f, --filter <text>', 'whose names contain this') },
  async run({ admin, output }, { filter, ...target }) {
    const users: UserOfBroker[] = [];
    for (const broker of await admin.brokers.addresses(targetOf(target))) {
      const found = await admin.access.users(broker, filter);
      users.push(...found.map((user) => ({ broker, ...user })));
    }
    showUsers(output, users);
  },
});

/** Without secret keys, which Apache's brokers tell. */
function showUsers(output: Output, users: readonly UserOfBroker[]): void {
  const shown = users.map(({ broker, username, userType, userStatus }) => ({ broker, username, userType, userStatus }));
  output.table(shown, ['Broker', 'User', 'Type', 'Status'], shown.map(Object.values<string>));
}
