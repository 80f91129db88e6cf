import { checkDoor, isLoopback } from '../../../../lib/engine/servers/open-door.js';

test.each(['127.0.0.1', '127.9.9.9', '::1', 'localhost'])('%s is this machine', (host) => {
  expect(isLoopback(host)).toBe(true);
  expect(() => checkDoor(host)).not.toThrow();
});

test.each(['0.0.0.0', '::', '10.0.0.1', '1127.0.0.1', '127.0.0.1.example.org', 'broker.example.org'])(
  '%s is refused unless it is wanted',
  (host) => {
    expect(() => checkDoor(host)).toThrow(/^host: .* is open to other machines.*--insecure/);
    expect(() => checkDoor(host, { insecure: true })).not.toThrow();
  },
);

test('signed requests travel by TLS only', () => {
  const tls = { key: '', cert: '', plainAllowed: false };
  expect(() => checkDoor('10.0.0.1', { isAccessControlled: true })).toThrow(
    /can be repeated by whoever sees them.*--insecure/,
  );
  expect(() => checkDoor('10.0.0.1', { isAccessControlled: true, tls: { ...tls, plainAllowed: true } })).toThrow(
    'repeated',
  );
  expect(() => checkDoor('10.0.0.1', { isAccessControlled: true, tls })).not.toThrow();
  expect(() => checkDoor('10.0.0.1', { isAccessControlled: true, insecure: true })).not.toThrow();
  expect(() => checkDoor('127.0.0.1', { isAccessControlled: true })).not.toThrow();
  expect(() => checkDoor('10.0.0.1', { tls })).toThrow('there is no access control');
});
