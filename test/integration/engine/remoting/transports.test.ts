import {
  ClosedError,
  ConnectError,
  PortInUseError,
  RequestTimeoutError,
} from '../../../../lib/engine/common/errors.js';
import { NodeClock } from '../../../../lib/engine/platform/node-clock.js';
import { NodeNetwork } from '../../../../lib/engine/platform/node-network.js';
import { silentLogger } from '../../../../lib/engine/ports/logger.js';
import { isOneway, request, response, type RemotingCommand } from '../../../../lib/engine/protocol/remoting-command.js';
import { ResponseCode } from '../../../../lib/engine/protocol/response-code.js';
import type {
  Acceptor,
  Channel,
  Connector,
  ProcessorTable,
  RequestProcessor,
} from '../../../../lib/engine/remoting/channel.js';
import { MemoryHub } from '../../../../lib/engine/remoting/memory-hub.js';
import { RemotingClient } from '../../../../lib/engine/remoting/remoting-client.js';
import { RemotingServer } from '../../../../lib/engine/remoting/remoting-server.js';
import { TcpAcceptor, TcpConnector } from '../../../../lib/engine/remoting/tcp-transport.js';

interface Transport {
  acceptor(): Acceptor;
  connector: Connector;
  /** An address at which nobody listens. */
  nowhere: string;
}

const clock = new NodeClock();
const logger = silentLogger;

function overMemory(): Transport {
  const hub = new MemoryHub({ clock, logger });
  return { acceptor: () => hub.acceptor('127.0.0.1:10911'), connector: hub.connector(), nowhere: '127.0.0.1:1' };
}

function overTcp(): Transport {
  const transport = { network: new NodeNetwork(), clock, logger };
  return {
    acceptor: () => new TcpAcceptor({ ...transport, host: '127.0.0.1', port: 0 }),
    connector: new TcpConnector(transport),
    nowhere: '127.0.0.1:1',
  };
}

const ECHO = 900;
const ASK_BACK = 901;
const FAIL = 902;
const SILENT = 903;
const SLOW = 904;
const HUGE = 905;

const timeoutMs = 5000;

/** Everything a request may meet. */
function processors(seen: RemotingCommand[] = []): ProcessorTable {
  const table: [number, RequestProcessor][] = [
    [
      ECHO,
      (command) => {
        seen.push(command);
        return response(ResponseCode.SUCCESS, { extFields: command.extFields, body: command.body, remark: 'echoed' });
      },
    ],
    [
      ASK_BACK,
      async (command, channel) => {
        const answer = await channel.invoke(request(ECHO, { extFields: command.extFields }), timeoutMs);
        return response(ResponseCode.SUCCESS, { extFields: { ...answer.extFields, asked: 'back' } });
      },
    ],
    [FAIL, () => Promise.reject(new Error('it broke'))],
    [SILENT, () => undefined],
    [SLOW, () => new Promise((resolve) => clock.schedule(50, () => resolve(response(ResponseCode.SUCCESS))))],
    [HUGE, () => response(ResponseCode.SUCCESS, { body: Buffer.alloc(16 * 1024 * 1024) })],
  ];
  return new Map(table);
}

describe.each([
  ['memory', overMemory],
  ['TCP', overTcp],
])('remoting over %s', (_name, open) => {
  async function connected(seen: RemotingCommand[] = []) {
    const transport = open();
    const server = new RemotingServer({
      acceptors: [transport.acceptor()],
      processors: processors(seen),
      clock,
      logger,
    });
    const client = new RemotingClient({ connector: transport.connector, clock, processors: processors() });
    await server.start();
    await client.start();
    const [address] = server.addresses;
    const stop = async (): Promise<void> => {
      await client.stop();
      await server.stop();
    };
    return { transport, server, client, address, stop };
  }

  test('an answer carries ext fields, body and remark back', async () => {
    const { client, address, stop } = await connected();
    const extFields = { topic: 'TopicA', empty: '', text: 'ünï \u0001 "quoted"' };
    const body = Buffer.from('hello');
    const answer = await client.invoke(address, request(ECHO, { extFields, body }), timeoutMs);
    expect(answer).toMatchObject({ code: 0, remark: 'echoed', extFields, body });
    await stop();
  });

  test('many calls at a time each get their own answer', async () => {
    const { client, address, stop } = await connected();
    const numbers = Array.from({ length: 500 }, (_, index) => String(index));
    const answers = await Promise.all(
      numbers.map((n) =>
        client.invoke(address, request(ECHO, { extFields: { n }, body: Buffer.alloc(50_000, n) }), timeoutMs),
      ),
    );
    expect(answers.map(({ extFields }) => extFields.n)).toEqual(numbers);
    expect(answers.every(({ body }, index) => body?.equals(Buffer.alloc(50_000, numbers[index])))).toBe(true);
    await stop();
  });

  test('one connection is shared by all calls to an address', async () => {
    const { client, server, address, stop } = await connected();
    await Promise.all([1, 2, 3].map(() => client.invoke(address, request(ECHO), timeoutMs)));
    expect(server.channels.size).toBe(1);
    await stop();
  });

  test('both sides may ask; equal opaques do not meet', async () => {
    const { client, address, stop } = await connected();
    const answer = await client.invoke(address, request(ASK_BACK, { extFields: { q: '1' } }), timeoutMs);
    expect(answer.extFields).toEqual({ q: '1', asked: 'back' });
    await stop();
  });

  test('a oneway request is processed and not answered', async () => {
    const seen: RemotingCommand[] = [];
    const { client, address, stop } = await connected(seen);
    await client.invokeOneway(address, request(ECHO, { extFields: { kind: 'oneway' } }));
    await client.invokeOneway(address, request(12345));
    await client.invokeOneway(address, request(FAIL));
    await client.invoke(address, request(ECHO), timeoutMs);
    expect(seen.map(isOneway)).toEqual([true, false]);
    await stop();
  });

  test('an unknown code, a failing processor and an answer that is too large say so', async () => {
    const { client, address, stop } = await connected();
    expect(await client.invoke(address, request(12345), timeoutMs)).toMatchObject({
      code: ResponseCode.REQUEST_CODE_NOT_SUPPORTED,
      remark: ' request type 12345 not supported',
    });
    expect(await client.invoke(address, request(FAIL), timeoutMs)).toMatchObject({
      code: ResponseCode.SYSTEM_ERROR,
      remark: 'it broke',
    });
    const huge = await client.invoke(address, request(HUGE), timeoutMs);
    expect(huge).toMatchObject({
      code: ResponseCode.SYSTEM_ERROR,
      remark: expect.stringContaining('beyond the limit') as string,
    });
    await stop();
  });

  test('a request that no frame can carry is refused before it is sent', async () => {
    const { client, address, stop } = await connected();
    const tooLarge = request(ECHO, { body: Buffer.alloc(16 * 1024 * 1024) });
    await expect(client.invoke(address, tooLarge, timeoutMs)).rejects.toThrow('beyond the limit');
    await client.invoke(address, request(ECHO), timeoutMs);
    await stop();
  });

  test('no answer in time', async () => {
    const { client, address, stop } = await connected();
    await expect(client.invoke(address, request(SILENT), 20)).rejects.toThrow(RequestTimeoutError);
    await stop();
  });

  test('an aborted call stops waiting', async () => {
    const { client, address, stop } = await connected();
    const controller = new AbortController();
    const call = client.invoke(address, request(SILENT), timeoutMs, controller.signal);
    controller.abort(new Error('enough'));
    await expect(call).rejects.toThrow('aborted');
    await stop();
  });

  test('nobody listens there', async () => {
    const { client, transport, stop } = await connected();
    await expect(client.invoke(transport.nowhere, request(ECHO), timeoutMs)).rejects.toThrow(ConnectError);
    await stop();
  });

  test('a lost connection fails what waits for it, is told, and is made again on demand', async () => {
    const { client, server, address, stop } = await connected();
    const lost: string[] = [];
    client.onClose((closed) => lost.push(closed));
    const waiting = client.invoke(address, request(SILENT), timeoutMs);
    await client.invoke(address, request(ECHO), timeoutMs);
    const [first] = server.channels as Set<Channel>;
    first.close();
    await expect(waiting).rejects.toThrow(ClosedError);
    expect(lost).toEqual([address]);
    await client.invoke(address, request(ECHO), timeoutMs);
    expect(server.channels.size).toBe(1);
    await stop();
  });

  test('a server that stops answers what is in flight and sends newcomers away', async () => {
    const { client, server, address } = await connected();
    const slow = client.invoke(address, request(SLOW), timeoutMs);
    await client.invoke(address, request(ECHO), timeoutMs);
    const stopped = server.stop();
    const late = client.invoke(address, request(ECHO), timeoutMs);
    // Told to go away, it finds no other server at the address.
    await Promise.all([expect(late).rejects.toThrow(ConnectError), stopped]);
    await expect(slow).resolves.toMatchObject({ code: ResponseCode.SUCCESS });
    expect(server.channels.size).toBe(0);
    await client.stop();
  });

  test('an address is taken once', async () => {
    const { transport, server, stop } = await connected();
    const [address] = server.addresses;
    const port = Number(address.split(':')[1]);
    const again =
      open === overMemory
        ? transport.acceptor()
        : new TcpAcceptor({ network: new NodeNetwork(), clock, logger, host: '127.0.0.1', port });
    await expect(again.start(new Map(), () => undefined)).rejects.toThrow(PortInUseError);
    await stop();
  });

  test('after stop() nothing can be called', async () => {
    const { client, address, stop } = await connected();
    await stop();
    await expect(client.invoke(address, request(ECHO), timeoutMs)).rejects.toThrow(ClosedError);
  });
});
