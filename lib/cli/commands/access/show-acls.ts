import type { AclInfo } from '../../../engine/index.js';
import { adminCommand } from '../../admin-command.js';
import { optional } from '../../option-table.js';
import type { Output } from '../../output/output.js';
import { brokerTarget, targetOf } from '../broker-target.js';
import { subject } from './access-options.js';

type AclOfBroker = { readonly broker: string } & AclInfo;

export const getAcl = adminCommand({
  name: 'getAcl',
  group: 'Users:',
  about: 'the rules of a user',
  options: { ...brokerTarget, subject },
  async run({ admin, output }, { subject: whose, ...target }) {
    const acls: AclOfBroker[] = [];
    for (const broker of await admin.brokers.addresses(targetOf(target))) {
      const acl = await admin.access.acl(broker, whose);
      if (acl !== undefined) acls.push({ broker, ...acl });
    }
    showAcls(output, acls);
  },
});

export const listAcl = adminCommand({
  name: 'listAcl',
  group: 'Users:',
  about: 'the rules of all users',
  options: {
    ...brokerTarget,
    subjectFilter: optional('-s, --subject <text>', 'of subjects that contain this'),
    resourceFilter: optional('-r, --resource <text>', 'for resources that contain this'),
  },
  async run({ admin, output }, { subjectFilter, resourceFilter, ...target }) {
    const acls: AclOfBroker[] = [];
    for (const broker of await admin.brokers.addresses(targetOf(target))) {
      const found = await admin.access.acls(broker, subjectFilter, resourceFilter);
      acls.push(...found.map((acl) => ({ broker, ...acl })));
    }
    showAcls(output, acls);
  },
});

function showAcls(output: Output, acls: readonly AclOfBroker[]): void {
  const rows = acls.flatMap(({ broker, subject: whose, policies }) =>
    policies.flatMap(({ policyType, entries }) =>
      entries.map(({ resource, actions, sourceIps, decision }) => {
        return [broker, whose, policyType, resource, actions.join(','), sourceIps?.join(','), decision];
      }),
    ),
  );
  output.table(acls, ['Broker', 'Subject', 'Policy', 'Resource', 'Actions', 'From', 'Decision'], rows);
}
