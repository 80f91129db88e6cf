import { readProperties } from '../../../../lib/engine/servers/server-conf.js';
import { tlsConf } from '../../../../lib/engine/servers/tls-conf.js';

function conf(text: string) {
  return tlsConf(readProperties(text), async (path) => `text of ${path}`);
}

const identity = 'tls.server.keyPath=/k\ntls.server.certPath=/c\n';

test('without a certificate nothing is encrypted', async () => {
  await expect(conf('tls.server.mode=permissive')).resolves.toEqual({});
});

test('with one, a port takes TLS and plain connections, or TLS alone', async () => {
  const server = {
    key: 'text of /k',
    cert: 'text of /c',
    plainAllowed: true,
    ca: undefined,
    clientCertRequired: false,
  };
  await expect(conf(identity)).resolves.toEqual({ server });
  await expect(conf(`${identity}tls.server.mode=enforcing`)).resolves.toEqual({
    server: { ...server, plainAllowed: false },
  });
  await expect(conf(`${identity}tls.server.mode=disabled`)).resolves.toEqual({});
});

test('clients may have to show who they are', async () => {
  const asking = 'tls.server.authClient=true\ntls.server.need.client.auth=require\ntls.server.trustCertPath=/ca';
  const { server } = await conf(`${identity}${asking}`);
  expect(server).toMatchObject({ ca: 'text of /ca', clientCertRequired: true });
});

test('connections to servers are encrypted where tls.enable says so', async () => {
  await expect(conf('tls.enable=true')).resolves.toMatchObject({ client: { trustAll: true } });
  const trusting = 'tls.enable=true\ntls.client.authServer=true\ntls.client.trustCertPath=/ca';
  await expect(conf(trusting)).resolves.toMatchObject({ client: { trustAll: false, ca: 'text of /ca' } });
});

test.each([
  ['tls.server.modus=enforcing', 'did you mean tls.server.mode?'],
  ['tls.server.mode=strict', "must be disabled, permissive or enforcing, but is 'strict'"],
  ['tls.server.mode=enforcing', 'enforcing needs tls.server.keyPath and tls.server.certPath'],
  ['tls.server.keyPath=/k', 'goes with tls.server.certPath; name both files'],
  ['tls.test.mode.enable=true', 'no certificate is made here'],
  ['tls.server.keyPassword=secret', 'name a key without a password'],
  ['tls.server.need.client.auth=require', "'require' would let any certificate in"],
])('%s is refused', async (line, message) => {
  await expect(conf(line)).rejects.toThrow(message);
});
