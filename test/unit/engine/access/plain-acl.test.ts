import { decide } from '../../../../lib/engine/access/acl.js';
import { PlainAccounts, readPlainAcl } from '../../../../lib/engine/access/plain-acl.js';
import { groupResource, resource } from '../../../../lib/engine/access/resource.js';

const account = { accessKey: 'RocketMQ', secretKey: '12345678' };
const accountsOf = (...accounts: object[]): PlainAccounts => {
  const table = new PlainAccounts();
  table.replace(readPlainAcl({ accounts }));
  return table;
};

describe('the permissions of an account', () => {
  const table = accountsOf({
    ...account,
    whiteRemoteAddress: '192.168.0.*',
    admin: false,
    defaultTopicPerm: 'DENY',
    defaultGroupPerm: 'SUB',
    topicPerms: ['topicA=DENY', 'topicB=PUB|SUB', 'topicC=SUB'],
    groupPerms: ['groupA=DENY', '%RETRY%groupB=PUB|SUB'],
  });
  const acl = table.acl('RocketMQ');

  test.each([
    ['topicA', 'Pub', 'Deny'],
    ['topicB', 'Pub', 'Allow'],
    ['topicB', 'Sub', 'Allow'],
    ['topicC', 'Sub', 'Allow'],
    ['topicC', 'Pub', 'Deny'],
    ['topicC', 'Get', 'Allow'],
    ['topicC', 'Delete', 'Deny'],
    ['others', 'Sub', 'Deny'],
  ] as const)('topic %s, %s: %s', (topic, action, decision) => {
    expect(acl && decide(acl, resource('Topic', topic), [action], '::1')).toBe(decision);
  });

  test.each([
    ['groupA', 'Deny'],
    ['groupB', 'Allow'],
    ['%RETRY%groupB', 'Allow'],
    ['others', 'Allow'],
  ] as const)('group %s: %s', (group, decision) => {
    expect(acl && decide(acl, groupResource(group), ['Sub'], '::1')).toBe(decision);
  });

  test('its white addresses are its own', () => {
    expect(table.isTrusted('192.168.0.7', 'RocketMQ')).toBe(true);
    expect(table.isTrusted('192.168.0.7', 'somebody')).toBe(false);
    expect(table.isTrusted('192.168.0.7', undefined)).toBe(false);
  });
});

test('without permissions nothing is allowed, and an administrator is a super user', () => {
  const table = accountsOf({ ...account, admin: true }, { accessKey: 'second', secretKey: 87654321 });
  expect(table.user('RocketMQ')?.userType).toBe('Super');
  expect(table.user('second')).toMatchObject({ userType: 'Normal', password: '87654321' });
  const acl = table.acl('second');
  expect(acl && decide(acl, resource('Topic', 't'), ['Get'], '::1')).toBeUndefined();
});

test('white addresses of all', () => {
  const table = new PlainAccounts();
  table.replace(readPlainAcl({ globalWhiteRemoteAddresses: ['10.10.103.*', '192.168.0.1'], accounts: null }));
  expect(table.isTrusted('10.10.103.9', undefined)).toBe(true);
  expect(table.isTrusted('192.168.0.2', undefined)).toBe(false);
});

test.each([
  [{ accounts: {} }, 'accounts: must be a list'],
  [{ acounts: [] }, 'plain_acl.yml.acounts: is not known; there are'],
  [{ accounts: [{ ...account, admn: true }] }, 'accounts[0].admn: is not known'],
  [{ accounts: [{ ...account, admin: 'yes' }] }, 'accounts[0].admin: must be true or false'],
  [{ accounts: [{ accessKey: 'short', secretKey: 'x' }] }, 'accounts[0].accessKey: must be a text of 6 to 255'],
  [{ accounts: [account, account] }, 'accounts[1].accessKey: RocketMQ is there twice'],
  [{ accounts: [{ ...account, topicPerms: ['t'] }] }, 'accounts[0].topicPerms: each must have the form'],
  [{ accounts: [{ ...account, topicPerms: ['t=PUBLISH'] }] }, 'a permission is one of DENY, PUB, SUB'],
  [{ accounts: [{ ...account, whiteRemoteAddress: 'here' }] }, "accounts[0].whiteRemoteAddress: 'here' is no address"],
  ['nothing', 'plain_acl.yml: is not of the form'],
])('%j is refused', (content, message) => {
  expect(() => readPlainAcl(content)).toThrow(message);
});

test('no error shows a secret', () => {
  const secretKey = 'tiny!';
  expect(() => readPlainAcl({ accounts: [{ ...account, secretKey }] })).toThrow(/secretKey: (?!.*tiny!)/);
});
