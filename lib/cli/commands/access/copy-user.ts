import { adminCommand } from '../../admin-command.js';
import { CommandError } from '../../errors.js';
import { optional } from '../../option-table.js';
import { commaList, copied } from './access-options.js';

export const copyUser = adminCommand({
  name: 'copyUser',
  group: 'Users:',
  about: 'copies users from one broker to another',
  options: {
    ...copied,
    usernames: optional('-u, --usernames <names>', 'which, separated by commas (default: all)', commaList),
  },
  async run({ admin: { access }, output }, { from, to, usernames }) {
    const users = usernames
      ? (await Promise.all(usernames.map((name) => access.user(from, name)))).filter((user) => user !== undefined)
      : await access.users(from);
    for (const { username, ...settings } of users) {
      const { password } = settings;
      if ((await access.user(to, username)) !== undefined) await access.updateUser(to, username, settings);
      else if (password !== undefined) await access.createUser(to, username, { ...settings, password });
      else throw new CommandError(`${from} keeps secret keys to itself; make ${username} on ${to} by createUser first`);
      output.item({ username, from, to }, `User ${username} is copied from ${from} to ${to}.`);
    }
  },
});
