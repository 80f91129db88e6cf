import type { AccessAdmin } from '../../../engine/index.js';
import { adminCommand, type CommandContext } from '../../admin-command.js';
import { optional, required, type OptionValues } from '../../option-table.js';
import { brokerAddresses } from '../brokers/broker-addresses.js';
import { brokerTarget } from '../broker-target.js';
import { commaList, subject } from './access-options.js';

const rules = {
  ...brokerTarget,
  subject,
  resources: required('-r, --resources <list>', 'Topic:orders,Group:app*', commaList),
  actions: required('-a, --actions <list>', 'Pub, Sub, Create, Update, Delete, Get, List, or All', commaList),
  decision: required('-d, --decision <decision>', 'Allow or Deny'),
  sourceIps: optional('-i, --sourceIp <list>', 'only from these addresses and networks', commaList),
};

export const createAcl = adminCommand({
  name: 'createAcl',
  group: 'Users:',
  about: 'gives a user rules: what may be done to which topics and groups',
  options: rules,
  run: (context, given) => giveRules(context, given, (broker, acl) => context.admin.access.createAcl(broker, acl)),
});

export const updateAcl = adminCommand({
  name: 'updateAcl',
  group: 'Users:',
  about: 'changes or adds rules of a user',
  options: rules,
  run: (context, given) => giveRules(context, given, (broker, acl) => context.admin.access.updateAcl(broker, acl)),
});

export const deleteAcl = adminCommand({
  name: 'deleteAcl',
  group: 'Users:',
  about: 'takes rules from a user',
  options: { ...brokerTarget, subject, resource: optional('-r, --resources <resource>', 'only that for this one') },
  async run({ admin, output }, { subject: whose, resource, ...target }) {
    const brokers = await brokerAddresses(admin, target);
    for (const address of brokers) await admin.access.deleteAcl(address, whose, resource);
    const what = resource === undefined ? 'All rules are' : `The rule for ${resource} is`;
    output.print({ subject: whose, resource, brokers }, `${what} taken from ${whose} on ${brokers.join(', ')}.`);
  },
});

async function giveRules(
  { admin, output }: CommandContext,
  { address, cluster, subject: whose, resources, ...rule }: OptionValues<typeof rules>,
  giveTo: AccessAdmin['createAcl'],
): Promise<void> {
  const acl = {
    subject: whose,
    policies: [{ policyType: 'Custom', entries: resources.map((resource) => ({ resource, ...rule })) }],
  };
  const brokers = await brokerAddresses(admin, { address, cluster });
  for (const broker of brokers) await giveTo(broker, acl);
  output.print({ ...acl, brokers }, `Rules of ${whose} for ${resources.join(', ')} are on ${brokers.join(', ')}.`);
}
