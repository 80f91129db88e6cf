import { AccessControl } from '../../../../lib/engine/access/access-control.js';
import { resolveAccessOptions, type AccessOptions } from '../../../../lib/engine/access/access-options.js';
import { AccessTables } from '../../../../lib/engine/access/access-tables.js';
import { readPolicies } from '../../../../lib/engine/access/acl.js';
import { PlainAccounts, readPlainAcl } from '../../../../lib/engine/access/plain-acl.js';
import { signingHook } from '../../../../lib/engine/client/acl/session-credentials.js';
import { silentLogger } from '../../../../lib/engine/ports/logger.js';
import { request, type RemotingCommand } from '../../../../lib/engine/protocol/remoting-command.js';
import { RequestCode } from '../../../../lib/engine/protocol/request-code.js';
import type { Channel } from '../../../../lib/engine/remoting/channel.js';

const tables = new AccessTables();
const plain = new PlainAccounts();
const logged: unknown[] = [];
const log = { ...silentLogger, warn: (sentence: string, fields: unknown) => logged.push([sentence, fields]) };

beforeAll(() => {
  tables.createUser('root', { password: 'root-secret', userType: 'Super' });
  tables.createUser('anna', { password: 'anna-secret' });
  tables.createUser('gone', { password: 'gone-secret', userStatus: 'disable' });
  const rule = (resource: string, ...actions: string[]) => ({ resource, actions, decision: 'Allow' });
  const entries = [rule('Topic:Orders', 'Pub', 'Sub'), rule('Group:app', 'Sub')];
  tables.addAcl('anna', readPolicies([{ policyType: 'Custom', entries }]));
  plain.replace(readPlainAcl({ globalWhiteRemoteAddresses: ['10.9.9.9'] }));
});

beforeEach(() => (logged.length = 0));

const controlWith = (given: Partial<AccessOptions> = {}): AccessControl => {
  const options = resolveAccessOptions({ authenticationEnabled: true, authorizationEnabled: true, ...given });
  return new AccessControl({ options, clusterName: 'C', accounts: [tables, plain], log });
};
const from = (remoteAddress: string, isInProcess?: true) => ({ remoteAddress, isInProcess }) as Channel;
const outside = from('10.0.0.1:5000');
const by = (accessKey: string, secretKey: string, command: RemotingCommand): RemotingCommand =>
  signingHook({ accessKey, secretKey }).beforeRequest?.('', command) ?? command;
const send = (topic = 'Orders') =>
  request(RequestCode.SEND_MESSAGE_V2, { extFields: { a: 'p', b: topic }, body: Buffer.from('x') });
const control = controlWith();
const outcome = (command: RemotingCommand, channel = outside, access = control) =>
  access.refusal(command, channel)?.remark;

test('who signs and is allowed gets in', () => {
  expect(outcome(by('root', 'root-secret', send('Any')))).toBeUndefined();
  expect(outcome(by('anna', 'anna-secret', send()))).toBeUndefined();
  expect(logged).toEqual([]);
});

test('refusals say what to do, and not which names there are', () => {
  expect(control.refusal(send(), outside)).toMatchObject({ code: 16 });
  const unknown = outcome(by('nobody', 'anna-secret', send()));
  const wrong = outcome(by('anna', 'wrong', send()));
  expect(unknown).toBe(wrong?.replace('anna', 'nobody'));
  expect(outcome(by('gone', 'gone-secret', send()))).toBe(wrong?.replace('anna', 'gone'));
  expect(logged.map((entry) => (entry as [string, { why: string }])[1].why)).toEqual([
    'not signed',
    'an unknown user',
    'a wrong signature',
    'a disabled user',
  ]);
  expect(JSON.stringify(logged)).not.toMatch('secret');
});

test('each part of a request is signed', () => {
  const signed = by('anna', 'anna-secret', send());
  expect(outcome({ ...signed, body: Buffer.from('y') })).toMatch('check signature failed');
  expect(outcome({ ...signed, extFields: { ...signed.extFields, b: 'Others' } })).toMatch('check signature failed');
  expect(outcome({ ...signed, extFields: { ...signed.extFields, more: '1' } })).toMatch('check signature failed');
  expect(outcome({ ...signed, extFields: { ...signed.extFields, Signature: 'AAAA' } })).toMatch(
    'check signature failed',
  );
});

test('what no rule allows is denied', () => {
  expect(outcome(by('anna', 'anna-secret', send('Others')))).toBe(
    'User:anna has no permission to access Topic:Others (Pub) from 10.0.0.1, no matched policies.',
  );
  expect(outcome(by('anna', 'anna-secret', request(RequestCode.UPDATE_BROKER_CONFIG)))).toMatch('Cluster:C (Update)');
  expect(outcome(by('anna', 'anna-secret', request(RequestCode.GET_BROKER_CONFIG)))).toMatch('Cluster:C (Get)');
  expect(outcome(by('anna', 'anna-secret', request(987_654)))).toMatch('Cluster:C (Update)');
});

test('a body that names no resources is refused with what is missing', () => {
  expect(outcome(by('anna', 'anna-secret', request(RequestCode.HEART_BEAT, { body: Buffer.from('{}') })))).toMatch(
    'clientID is missing',
  );
});

test('a name from outside can neither forge a line of the log nor fill it', () => {
  outcome(by(`x\r\n\u001b[2J${'n'.repeat(1000)}`, 's', send()));
  const [[, { user }]] = logged as [[string, { user: string }]];
  expect(user).toMatch(/^x\\r\\n\\u001b\[2Jn+$/);
  expect(user.length).toBeLessThan(300);
});

test('inside the process and from a trusted address nobody is asked', () => {
  expect(outcome(send(), from('10.0.0.1:1', true))).toBeUndefined();
  expect(outcome(send(), from('10.9.9.9:1'))).toBeUndefined();
});

test('with authentication alone any user may do everything', () => {
  const access = controlWith({ authorizationEnabled: false });
  expect(outcome(by('anna', 'anna-secret', send('Others')), outside, access)).toBeUndefined();
  expect(outcome(send(), outside, access)).toMatch('Sign requests');
});

test('white codes', () => {
  const unsigned = controlWith({ authenticationWhitelist: '310', authorizationWhitelist: '25, 310' });
  expect(outcome(send('Others'), outside, unsigned)).toBeUndefined();
  expect(outcome(request(25), outside, unsigned)).toMatch('Sign requests');
  expect(outcome(by('anna', 'anna-secret', request(25)), outside, unsigned)).toBeUndefined();
});

test('who needs no signature is not taken for whom it names', () => {
  const access = controlWith({ authenticationWhitelist: '310' });
  const forged = { ...send('Any'), extFields: { ...send('Any').extFields, AccessKey: 'root', Signature: 'AAAA' } };
  expect(outcome(forged, outside, access)).toMatch('has no permission');
});

test.each([
  [{ authorizationEnabled: true }, 'authorizationEnabled: would let in whoever gives a name'],
  [{ authenticationEnabled: true, authenticationWhitelist: 'send' }, 'is no list of request codes'],
  [{ initAuthenticationUser: 'root:secret' }, 'initAuthenticationUser: must be JSON of the form'],
  [{ initAuthenticationUser: '{"username":"root"}' }, 'initAuthenticationUser: must be JSON of the form'],
])('%j is refused', (given, message) => {
  expect(() => resolveAccessOptions(given)).toThrow(message);
});
