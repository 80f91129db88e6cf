import {
  decide,
  InvalidAclError,
  merged,
  readPolicies,
  without,
  writePolicies,
} from '../../../../lib/engine/access/acl.js';
import { parseResource, resource } from '../../../../lib/engine/access/resource.js';
import { parseFastjson, writeFastjson, type FastjsonObject } from '../../../../lib/engine/common/fastjson.js';

const entry = (given: FastjsonObject = {}): FastjsonObject => ({
  resource: 'Topic:Orders',
  actions: ['Pub'],
  decision: 'Allow',
  ...given,
});
const policies = (entries: FastjsonObject[], policyType = 'Custom') => [{ policyType, entries }];
const acl = (...entries: FastjsonObject[]) => readPolicies(policies(entries));
const orders = resource('Topic', 'Orders');

describe('decide()', () => {
  test('says nothing of what no rule is about', () => {
    const rules = acl(entry());
    expect(decide(rules, orders, ['Pub'], '10.0.0.1')).toBe('Allow');
    expect(decide(rules, orders, ['Sub'], '10.0.0.1')).toBeUndefined();
    expect(decide(rules, resource('Topic', 'Others'), ['Pub'], '10.0.0.1')).toBeUndefined();
    expect(decide(rules, resource('Group', 'Orders'), ['Pub'], '10.0.0.1')).toBeUndefined();
  });

  test('one of several actions is enough, and All is every one', () => {
    expect(decide(acl(entry()), orders, ['Sub', 'Pub', 'Get'], '::1')).toBe('Allow');
    expect(decide(acl(entry({ actions: ['all'] })), orders, ['Delete'], '::1')).toBe('Allow');
  });

  test.each([
    ['a name counts before a beginning', ['Topic:Orders', 'Deny'], ['Topic:Or*', 'Allow'], 'Deny'],
    ['a beginning counts before all', ['Topic:*', 'Deny'], ['Topic:Or*', 'Allow'], 'Allow'],
    ['a longer beginning counts before a shorter one', ['Topic:O*', 'Deny'], ['Topic:Order*', 'Allow'], 'Allow'],
    ['all topics count before everything', ['*', 'Deny'], ['Topic:*', 'Allow'], 'Allow'],
  ])('%s, in either order', (_title, first, second, decision) => {
    const [a, b] = [first, second].map(([about, what]) => entry({ resource: about, decision: what }));
    expect(decide(acl(a, b), orders, ['Pub'], '::1')).toBe(decision);
    expect(decide(acl(b, a), orders, ['Pub'], '::1')).toBe(decision);
  });

  test('of two that are as near the one that denies counts', () => {
    const allow = entry({ actions: ['Pub'] });
    const deny = entry({ actions: ['All'], decision: 'Deny' });
    expect(decide(acl(allow, deny), orders, ['Pub'], '::1')).toBe('Deny');
    expect(decide(acl(deny, allow), orders, ['Pub'], '::1')).toBe('Deny');
  });

  test('rules by default count where no other does', () => {
    const rules = readPolicies([
      ...policies([entry({ actions: ['Pub'] })]),
      ...policies([entry({ resource: 'Topic:*', actions: ['All'], decision: 'Deny' })], 'Default'),
    ]);
    expect(decide(rules, orders, ['Pub'], '::1')).toBe('Allow');
    expect(decide(rules, orders, ['Sub'], '::1')).toBe('Deny');
  });

  test('a rule may be for some addresses only', () => {
    const rules = acl(entry({ sourceIps: ['10.1.0.0/16', 'fd00::7'] }));
    expect(decide(rules, orders, ['Pub'], '10.1.255.255')).toBe('Allow');
    expect(decide(rules, orders, ['Pub'], '::ffff:10.1.0.1')).toBe('Allow');
    expect(decide(rules, orders, ['Pub'], '10.2.0.0')).toBeUndefined();
    expect(decide(rules, orders, ['Pub'], 'fd00::7')).toBe('Allow');
    expect(decide(rules, orders, ['Pub'], 'fd00::8')).toBeUndefined();
  });
});

test('a rule takes the place of that for the same resource, and is taken away by it', () => {
  const both = merged(acl(entry(), entry({ resource: 'Group:g' })), acl(entry({ actions: ['Sub'] })));
  expect(both.get('Custom')).toHaveLength(2);
  expect(decide(both, orders, ['Pub'], '::1')).toBeUndefined();
  const left = without(both, 'Custom', orders);
  expect(left.get('Custom')).toHaveLength(1);
  expect(without(left, 'Custom', resource('Group', 'g')).size).toBe(0);
});

test('what is written is what was read', () => {
  const rules = readPolicies([
    ...policies([entry({ resource: '*' }), entry({ resource: 'Topic:a*', sourceIps: ['10.0.0.0/8'] })]),
    ...policies([entry({ resource: 'Group:*', decision: 'deny' })], 'Default'),
  ]);
  expect(readPolicies(parseFastjson(writeFastjson(writePolicies(rules))))).toEqual(rules);
});

test.each([
  ['The policies is empty.', []],
  ['The policies is empty.', policies([])],
  ['The resource is null.', policies([entry({ resource: 'Queue:q' })])],
  ['The actions is empty.', policies([entry({ actions: ['Fly'] })])],
  ['The source ip is invalid.', policies([entry({ sourceIps: ['10.0.0.0/33'] })])],
  ['The decision is null or illegal.', policies([entry({ decision: 'Perhaps' })])],
])('%s', (message, bad) => {
  expect(() => readPolicies(bad)).toThrow(new InvalidAclError(message));
});

test.each(['', 'Topic', 'Topic:', 'Queue:x'])("'%s' is no resource", (key) => {
  expect(parseResource(key)).toBeUndefined();
});
