import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { ConnectError } from '../../../../lib/engine/common/errors.js';
import { NodeClock } from '../../../../lib/engine/platform/node-clock.js';
import { NodeNetwork } from '../../../../lib/engine/platform/node-network.js';
import { silentLogger } from '../../../../lib/engine/ports/logger.js';
import type { ClientTls, ServerTls } from '../../../../lib/engine/ports/network.js';
import { request, response } from '../../../../lib/engine/protocol/remoting-command.js';
import { TcpAcceptor, TcpConnector } from '../../../../lib/engine/remoting/tcp-transport.js';

const pem = (name: string): string => readFileSync(join(__dirname, '../../../fixtures/tls', `${name}.pem`), 'utf8');
const identity = { key: pem('key'), cert: pem('cert') };
const stranger = { key: pem('other-key'), cert: pem('other-cert') };

const transport = { network: new NodeNetwork(), clock: new NodeClock(), logger: silentLogger };

describe('TLS', () => {
  let acceptor: TcpAcceptor | undefined;

  afterEach(async () => {
    await acceptor?.stop();
    acceptor = undefined;
  });

  async function listen(tls: ServerTls): Promise<string> {
    acceptor = new TcpAcceptor({ ...transport, host: '127.0.0.1', port: 0, tls });
    await acceptor.start(new Map([[1, ({ body }) => response(0, { body })]]), () => {});
    return acceptor.address;
  }

  async function echo(address: string, tls?: ClientTls): Promise<string | undefined> {
    const channel = await new TcpConnector({ ...transport, tls }).connect(address, new Map(), 3000);
    try {
      const body = Buffer.from('x'.repeat(100_000));
      return (await channel.invoke(request(1, { body }), 3000)).body?.equals(body) ? 'heard' : 'garbled';
    } finally {
      channel.close();
      await channel.closed;
    }
  }

  test('one port takes both kinds of connections', async () => {
    const address = await listen({ ...identity, plainAllowed: true });
    const heard = await Promise.all([
      echo(address),
      echo(address, { ca: identity.cert }),
      echo(address, { trustAll: true }),
      echo(address.replace('127.0.0.1', 'localhost'), { ca: identity.cert }),
    ]);
    expect(heard).toEqual(['heard', 'heard', 'heard', 'heard']);
  });

  test('a port may refuse plain connections', async () => {
    const address = await listen({ ...identity, plainAllowed: false });
    await expect(echo(address)).rejects.toMatchObject({ code: 'CLOSED' });
    await expect(echo(address, { ca: identity.cert })).resolves.toBe('heard');
  });

  test('a server that cannot be trusted is not', async () => {
    const address = await listen({ ...stranger, plainAllowed: true });
    await expect(echo(address, { ca: identity.cert })).rejects.toThrow(ConnectError);
    await expect(echo(address, {})).rejects.toThrow(ConnectError);
  });

  test('a server may ask its clients who they are', async () => {
    const address = await listen({ ...identity, plainAllowed: false, ca: identity.cert, clientCertRequired: true });
    await expect(echo(address, { ca: identity.cert, ...identity })).resolves.toBe('heard');
    await expect(echo(address, { ca: identity.cert, ...stranger })).rejects.toMatchObject({ code: 'CLOSED' });
    await expect(echo(address, { ca: identity.cert })).rejects.toMatchObject({ code: 'CLOSED' });
  });

  test('a server without TLS is no server to a client with it', async () => {
    acceptor = new TcpAcceptor({ ...transport, host: '127.0.0.1', port: 0 });
    await acceptor.start(new Map(), () => {});
    await expect(echo(acceptor.address, { trustAll: true })).rejects.toThrow(ConnectError);
  });

  test('who says nothing, or breaks off its handshake, keeps nobody from stopping', async () => {
    const address = await listen({ ...identity, plainAllowed: true });
    const [host, port] = address.split(':');
    const silent = connect(Number(port), host);
    const broken = connect(Number(port), host, () => broken.write(Buffer.from('16030100c8010000c40303', 'hex')));
    for (const socket of [silent, broken]) {
      socket.on('error', () => {});
      await once(socket, 'connect');
    }
    await expect(echo(address)).resolves.toBe('heard');
    const closed = Promise.all([once(silent, 'close'), once(broken, 'close')]);
    await acceptor?.stop();
    await closed;
  });

  test('an address that is none is refused', async () => {
    await expect(echo('nowhere')).rejects.toThrow("'nowhere' is not of the form host:port");
  });
});
