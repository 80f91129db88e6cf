import { silentLogger } from '../../../../lib/engine/ports/logger.js';
import { request, response } from '../../../../lib/engine/protocol/remoting-command.js';
import { ResponseCode } from '../../../../lib/engine/protocol/response-code.js';
import type { Channel, RequestProcessor } from '../../../../lib/engine/remoting/channel.js';
import { MemoryHub } from '../../../../lib/engine/remoting/memory-hub.js';
import { RemotingServer } from '../../../../lib/engine/remoting/remoting-server.js';
import { VirtualClock } from '../../../../lib/testing/virtual-clock.js';

const ADDRESS = '127.0.0.1:9876';
const HELD = 1;
const QUICK = 2;

async function setUp() {
  const clock = new VirtualClock();
  const hub = new MemoryHub({ clock, logger: silentLogger });
  const held: (() => void)[] = [];
  const hold: RequestProcessor = () =>
    new Promise((resolve) => held.push(() => resolve(response(ResponseCode.SUCCESS, { remark: 'at last' }))));
  const warnings: string[] = [];
  const server = new RemotingServer({
    acceptors: [hub.acceptor(ADDRESS), hub.acceptor('127.0.0.1:1')],
    processors: new Map([
      [HELD, hold],
      [QUICK, () => response(ResponseCode.SUCCESS)],
    ]),
    clock,
    logger: { ...silentLogger, warn: (sentence) => warnings.push(sentence) },
    drainTimeoutMs: 5000,
  });
  await server.start();
  const connect = (): Promise<Channel> => hub.connector().connect(ADDRESS, new Map(), 1000);
  return { clock, server, held, warnings, connect };
}

describe('RemotingServer', () => {
  test('listens at all its addresses', async () => {
    const { server } = await setUp();
    expect(server.addresses).toEqual([ADDRESS, '127.0.0.1:1']);
    await server.stop();
  });

  test('tells of connections before their first request, and keeps those that are open', async () => {
    const { clock, server, connect } = await setUp();
    const opened: Channel[] = [];
    server.onOpen((channel) => opened.push(channel));
    const [first, second] = [await connect(), await connect()];
    expect(opened).toHaveLength(2);
    first.close();
    await clock.settle();
    expect([...server.channels]).toEqual([opened[1]]);
    second.close();
    await server.stop();
  });

  test('answers what is in flight before it stops; newcomers go elsewhere, unless they are too old to know how', async () => {
    const { clock, server, held, connect } = await setUp();
    const channel = await connect();
    const slow = channel.invoke(request(HELD), 60_000);
    await clock.settle();
    const stopped = server.stop();
    expect(await channel.invoke(request(QUICK), 1000)).toMatchObject({ code: ResponseCode.GO_AWAY });
    expect(await channel.invoke({ ...request(QUICK), version: 475 }, 1000)).toMatchObject({
      code: ResponseCode.SUCCESS,
    });
    channel.invokeOneway(request(HELD));
    await clock.settle();
    expect(held).toHaveLength(2);
    held[1]();
    await expect(connect()).rejects.toThrow('nobody listens there');
    held[0]();
    await expect(slow).resolves.toMatchObject({ remark: 'at last' });
    await stopped;
    expect(channel.isOpen).toBe(false);
  });

  test('does not wait for ever', async () => {
    const { clock, server, warnings, connect } = await setUp();
    const channel = await connect();
    const outcome = channel.invoke(request(HELD), 60_000).catch((error: unknown) => error);
    await clock.settle();
    const stopped = server.stop();
    await clock.advance(5000);
    await stopped;
    expect(await outcome).toMatchObject({ code: 'CLOSED' });
    expect(warnings).toEqual(['stopped before all requests were answered']);
  });
});
