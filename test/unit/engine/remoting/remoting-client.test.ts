import { AbortedError, ClosedError, ConnectError, RequestTimeoutError } from '../../../../lib/engine/common/errors.js';
import { silentLogger } from '../../../../lib/engine/ports/logger.js';
import { request, response } from '../../../../lib/engine/protocol/remoting-command.js';
import { ResponseCode } from '../../../../lib/engine/protocol/response-code.js';
import type { Acceptor, Channel, Connector, RequestProcessor } from '../../../../lib/engine/remoting/channel.js';
import { MemoryHub } from '../../../../lib/engine/remoting/memory-hub.js';
import { RemotingClient } from '../../../../lib/engine/remoting/remoting-client.js';
import { VirtualClock } from '../../../../lib/testing/virtual-clock.js';

const ADDRESS = '127.0.0.1:10911';
const ASK = 1;

/** A connector whose connections wait until they are let through. */
class SlowConnector implements Connector {
  attempts = 0;
  private readonly waiting: (() => void)[] = [];

  constructor(private readonly fast: Connector) {}

  async connect(...parameters: Parameters<Connector['connect']>): Promise<Channel> {
    this.attempts++;
    await new Promise<void>((resolve) => this.waiting.push(resolve));
    return this.fast.connect(...parameters);
  }

  letThrough(): void {
    for (const proceed of this.waiting.splice(0)) proceed();
  }
}

async function setUp({ isSlow = false, answer }: { isSlow?: boolean; answer?: RequestProcessor } = {}) {
  const clock = new VirtualClock();
  const hub = new MemoryHub({ clock, logger: silentLogger });
  const connector = new SlowConnector(hub.connector());
  const client = new RemotingClient({ connector: isSlow ? connector : hub.connector(), clock });
  const accepted: Channel[] = [];
  const listen = async (processor: RequestProcessor): Promise<Acceptor> => {
    const acceptor = hub.acceptor(ADDRESS);
    await acceptor.start(new Map([[ASK, processor]]), (channel) => accepted.push(channel));
    return acceptor;
  };
  const acceptor = await listen(answer ?? (() => response(ResponseCode.SUCCESS)));
  await client.start();
  return { clock, client, connector, accepted, acceptor, listen };
}

const outcomeOf = (call: Promise<unknown>): Promise<unknown> => call.catch((error: unknown) => error);

describe('RemotingClient', () => {
  test('calls that come while it connects share the connection', async () => {
    const { client, connector, accepted } = await setUp({ isSlow: true });
    const calls = [1, 2, 3].map(() => client.invoke(ADDRESS, request(ASK), 1000));
    connector.letThrough();
    expect((await Promise.all(calls)).map(({ code }) => code)).toEqual([0, 0, 0]);
    expect([connector.attempts, accepted.length]).toEqual([1, 1]);
    await client.stop();
  });

  test('a call waits no longer than its own time or signal for a connection', async () => {
    const { clock, client, connector } = await setUp({ isSlow: true });
    const controller = new AbortController();
    const calls = [
      outcomeOf(client.invoke(ADDRESS, request(ASK), 100)),
      outcomeOf(client.invoke(ADDRESS, request(ASK), 1000, controller.signal)),
      outcomeOf(client.invoke(ADDRESS, request(ASK), 1000)),
    ];
    await clock.advance(100);
    controller.abort();
    connector.letThrough();
    const [late, aborted, patient] = await Promise.all(calls);
    expect(late).toBeInstanceOf(RequestTimeoutError);
    expect(aborted).toBeInstanceOf(AbortedError);
    expect(patient).toMatchObject({ code: 0 });
    await client.stop();
  });

  test('the time it took to connect is gone for the answer', async () => {
    const { clock, client, connector } = await setUp({ isSlow: true, answer: () => undefined });
    const call = outcomeOf(client.invoke(ADDRESS, request(ASK), 1000));
    await clock.advance(900);
    connector.letThrough();
    await clock.advance(99);
    const [outcome] = await Promise.all([call, clock.advance(1)]);
    expect(outcome).toBeInstanceOf(RequestTimeoutError);
    await client.stop();
  });

  test('a failed connection is tried again by the next call', async () => {
    const { client, acceptor, listen } = await setUp();
    acceptor.refuse();
    await expect(client.invoke(ADDRESS, request(ASK), 1000)).rejects.toThrow(ConnectError);
    await listen(() => response(ResponseCode.SUCCESS));
    await expect(client.invoke(ADDRESS, request(ASK), 1000)).resolves.toMatchObject({ code: 0 });
    await client.stop();
  });

  test('a server that is going away is asked once more, over a new connection', async () => {
    const goAway = () => response(ResponseCode.GO_AWAY);
    const { client, acceptor, listen, accepted } = await setUp({ answer: goAway });
    const first = await client.invoke(ADDRESS, request(ASK), 1000);
    expect([first.code, accepted.length]).toEqual([ResponseCode.GO_AWAY, 2]); // twice is enough
    acceptor.refuse();
    await listen(() => response(ResponseCode.SUCCESS, { remark: 'the next start' }));
    expect(await client.invoke(ADDRESS, request(ASK), 1000)).toMatchObject({ remark: 'the next start' });
    expect(accepted).toHaveLength(3);
    await client.stop();
  });

  test('peers’ requests are answered, closed connections told by address', async () => {
    const clock = new VirtualClock();
    const hub = new MemoryHub({ clock, logger: silentLogger });
    const accepted: Channel[] = [];
    const answer = () => response(ResponseCode.SUCCESS);
    await hub.acceptor(ADDRESS).start(new Map([[ASK, answer]]), (channel) => accepted.push(channel));
    const processors = new Map([[40, () => response(ResponseCode.SUCCESS, { remark: 'heard' })]]);
    const client = new RemotingClient({ connector: hub.connector(), clock, processors });
    const closed: string[] = [];
    client.onClose((address) => closed.push(address));
    await client.start();
    await client.invokeOneway(ADDRESS, request(ASK));
    await expect(accepted[0].invoke(request(40), 1000)).resolves.toMatchObject({ remark: 'heard' });
    accepted[0].close();
    await clock.settle();
    expect(closed).toEqual([ADDRESS]);
    await client.stop();
  });

  test('nothing is called before it was started or after it was stopped', async () => {
    const { client } = await setUp();
    await client.invoke(ADDRESS, request(ASK), 1000);
    await client.stop();
    await expect(client.invoke(ADDRESS, request(ASK), 1000)).rejects.toThrow(ClosedError);
    await expect(client.invokeOneway(ADDRESS, request(ASK))).rejects.toThrow(ClosedError);
  });

  test('a connection that is made while it stops is closed again', async () => {
    const { client, connector, accepted } = await setUp({ isSlow: true });
    const call = outcomeOf(client.invoke(ADDRESS, request(ASK), 1000));
    const stopped = client.stop();
    connector.letThrough();
    await stopped;
    expect(await call).toBeInstanceOf(ClosedError);
    expect(accepted).toHaveLength(1);
    await Promise.all(accepted.map(({ closed }) => closed));
  });
});
