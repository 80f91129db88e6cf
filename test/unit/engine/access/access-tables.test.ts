import { AccessTables } from '../../../../lib/engine/access/access-tables.js';
import { readPolicies } from '../../../../lib/engine/access/acl.js';
import { resource } from '../../../../lib/engine/access/resource.js';
import { parseFastjson, writeFastjson } from '../../../../lib/engine/common/fastjson.js';

const acl = (...resources: string[]) =>
  readPolicies([{ entries: resources.map((name) => ({ resource: name, actions: ['Pub'], decision: 'Allow' })) }]);

const filled = (): AccessTables => {
  const tables = new AccessTables();
  tables.createUser('root', { password: 'r', userType: 'Super' });
  tables.createUser('anna', { password: 'a' });
  tables.addAcl('anna', acl('Topic:Orders', 'Topic:Bills', 'Group:app'));
  return tables;
};

test('users in order, by a part of their name', () => {
  expect(
    filled()
      .usersLike()
      .map(({ username }) => username),
  ).toEqual(['anna', 'root']);
  expect(
    filled()
      .usersLike('oo')
      .map(({ username }) => username),
  ).toEqual(['root']);
});

test('rules by a part of the subject and of the resource', () => {
  const keys = (subject?: string, about?: string) =>
    filled()
      .aclsLike(subject, about)
      .map(([name, rules]) => [name, rules.get('Custom')?.length]);
  expect(keys()).toEqual([['anna', 3]]);
  expect(keys('User:a', 'Topic')).toEqual([['anna', 2]]);
  expect(keys('User:a', 'Queue')).toEqual([]);
  expect(keys('root')).toEqual([]);
});

test('a change leaves out what it does not name', () => {
  const tables = filled();
  tables.updateUser('anna', { userStatus: 'disable' });
  expect(tables.user('anna')).toEqual({ username: 'anna', password: 'a', userType: 'Normal', userStatus: 'disable' });
});

test('a user’s rules go with the user', () => {
  const tables = filled();
  tables.deleteUser('anna');
  tables.createUser('anna', { password: 'another' });
  expect(tables.acl('anna')).toBeUndefined();
});

test('rules go one by one, or all', () => {
  const tables = filled();
  tables.deleteAcl('anna', { type: 'Custom', resource: resource('Topic', 'Bills') });
  expect(tables.acl('anna')?.get('Custom')).toHaveLength(2);
  tables.deleteAcl('anna');
  expect(tables.acl('anna')).toBeUndefined();
});

test.each([
  ['The user is existed', (tables: AccessTables) => tables.createUser('anna', { password: 'x' })],
  ['password can not be blank', (tables: AccessTables) => tables.createUser('new', { password: ' ' })],
  ['username can not be blank', (tables: AccessTables) => tables.createUser(' ', { password: 'x' })],
  ['holds a control character', (tables: AccessTables) => tables.createUser('a\nb', { password: 'x' })],
  ['at most 255', (tables: AccessTables) => tables.createUser('a'.repeat(256), { password: 'x' })],
  ['The user is not exist', (tables: AccessTables) => tables.updateUser('nobody', {})],
  ['The subject of User:nobody is not exist.', (tables: AccessTables) => tables.addAcl('nobody', acl('Topic:t'))],
  ['The acl is not exist.', (tables: AccessTables) => tables.deleteAcl('root')],
])('%s', (message, change) => {
  expect(() => change(filled())).toThrow(message);
});

test('what is stored is what is read', () => {
  const copy = new AccessTables();
  copy.decode(parseFastjson(writeFastjson(filled().encode())));
  expect(copy).toEqual(filled());
});
