import { adminCommand } from '../../admin-command.js';
import { UsageError } from '../../errors.js';
import { optional, required } from '../../option-table.js';
import { brokerAddresses } from '../brokers/broker-addresses.js';
import { brokerTarget } from '../broker-target.js';

const username = required('-u, --username <name>', 'the user');
const userType = optional('-t, --userType <type>', 'Super, who may do everything, or Normal');

export const createUser = adminCommand({
  name: 'createUser',
  group: 'Users:',
  about: 'creates a user, whose requests are signed with a secret key',
  options: { ...brokerTarget, username, password: required('-p, --password <secret>', 'the secret key'), userType },
  async run({ admin, output }, { username: name, password, userType: type, ...target }) {
    const brokers = await brokerAddresses(admin, target);
    for (const address of brokers) await admin.access.createUser(address, name, { password, userType: type });
    output.print({ username: name, brokers }, `User ${name} is on ${brokers.join(', ')}.`);
  },
});

export const updateUser = adminCommand({
  name: 'updateUser',
  group: 'Users:',
  about: 'changes the secret key, the type or the status of a user',
  options: {
    ...brokerTarget,
    username,
    password: optional('-p, --password <secret>', 'the new secret key'),
    userType,
    userStatus: optional('-s, --userStatus <status>', 'enable or disable'),
  },
  async run({ admin, output }, { username: name, address, cluster, ...change }) {
    const changed = Object.entries(change).flatMap(([setting, value]) => (value === undefined ? [] : [setting]));
    if (changed.length === 0) throw new UsageError('give what is to change: -p secret, -t type or -s status');
    const brokers = await brokerAddresses(admin, { address, cluster });
    for (const broker of brokers) await admin.access.updateUser(broker, name, change);
    output.print({ username: name, changed, brokers }, `${changed.join(', ')} of ${name} on ${brokers.join(', ')}.`);
  },
});

export const deleteUser = adminCommand({
  name: 'deleteUser',
  group: 'Users:',
  about: 'deletes a user with the rules',
  options: { ...brokerTarget, username },
  async run({ admin, output }, { username: name, ...target }) {
    const brokers = await brokerAddresses(admin, target);
    for (const address of brokers) await admin.access.deleteUser(address, name);
    output.print({ username: name, brokers }, `User ${name} is deleted from ${brokers.join(', ')}.`);
  },
});
