import { adminCommand } from '../../admin-command.js';
import { optional } from '../../option-table.js';
import { commaList, copied } from './access-options.js';

export const copyAcl = adminCommand({
  name: 'copyAcl',
  group: 'Users:',
  about: 'copies rules from one broker to another, which has their users',
  options: {
    ...copied,
    subjects: optional('-s, --subjects <subjects>', 'whose, separated by commas (default: of all)', commaList),
  },
  async run({ admin: { access }, output }, { from, to, subjects }) {
    const acls = subjects
      ? (await Promise.all(subjects.map((whose) => access.acl(from, whose)))).filter((acl) => acl !== undefined)
      : await access.acls(from);
    for (const acl of acls) {
      if ((await access.acl(to, acl.subject)) === undefined) await access.createAcl(to, acl);
      else await access.updateAcl(to, acl);
      output.item({ subject: acl.subject, from, to }, `Rules of ${acl.subject} are copied from ${from} to ${to}.`);
    }
  },
});
