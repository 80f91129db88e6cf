import { silentLogger } from '../../../../lib/engine/ports/logger.js';
import { resolveConnectionOptions } from '../../../../lib/engine/remoting/connection-options.js';
import { OpenConnections, type CountedConnection } from '../../../../lib/engine/remoting/open-connections.js';
import { VirtualClock } from '../../../../lib/testing/virtual-clock.js';

class Connection implements CountedConnection {
  isClosed = false;
  hasSpoken = false;
  incompleteSince: number | undefined;
  readonly openedAt: number;
  private onClosed: () => void = () => undefined;

  constructor(
    readonly remoteAddress: string,
    clock: VirtualClock,
  ) {
    this.openedAt = clock.monotonic();
  }

  close(): void {
    this.isClosed = true;
    this.onClosed();
  }

  onClose(listener: () => void): void {
    this.onClosed = listener;
  }
}

const limits = { maxConnections: 3, firstRequestTimeoutMs: 5000, frameTimeoutMs: 20_000 };
let clock: VirtualClock;
let connections: OpenConnections<Connection>;

beforeEach(() => {
  clock = new VirtualClock();
  connections = new OpenConnections(resolveConnectionOptions(limits), clock, silentLogger);
});

function open(name: string, state: Partial<Connection> = {}): Connection {
  const connection = Object.assign(new Connection(name, clock), state);
  connection.onClose(() => connections.delete(connection));
  connections.add(connection);
  return connection;
}

test('who says nothing goes when its time is over, who speaks stays', async () => {
  const silent = open('silent');
  const speaking = open('speaking', { hasSpoken: true });
  await clock.advance(4000);
  expect(silent.isClosed).toBe(false);
  await clock.advance(2000);
  expect([silent.isClosed, speaking.isClosed]).toEqual([true, false]);
});

test('who says nothing has as long as who is idle, by default', () => {
  const { firstRequestTimeoutMs, serverChannelMaxIdleTimeSeconds } = resolveConnectionOptions();
  expect(firstRequestTimeoutMs).toBe(serverChannelMaxIdleTimeSeconds * 1000);
});

test('a request may not take for ever', async () => {
  const slow = open('slow', { hasSpoken: true, incompleteSince: clock.monotonic() });
  await clock.advance(19_000);
  expect(slow.isClosed).toBe(false);
  await clock.advance(2000);
  expect(slow.isClosed).toBe(true);
});

test('when all places are taken the oldest that has said nothing goes', () => {
  const [first, second, third] = ['first', 'second', 'third'].map((name) => open(name));
  first.hasSpoken = true;
  expect(connections.makeRoom()).toBe(true);
  expect([first.isClosed, second.isClosed, third.isClosed]).toEqual([false, true, false]);
  open('fourth');
  expect([...connections].map(({ remoteAddress }) => remoteAddress)).toEqual(['first', 'third', 'fourth']);
});

test('when all of them speak there is no room', () => {
  for (const name of ['a', 'b', 'c']) open(name, { hasSpoken: true });
  expect(connections.makeRoom()).toBe(false);
});

test('nothing is left behind by connections that have closed', async () => {
  open('one').close();
  await clock.advance(60_000);
  expect([...connections]).toEqual([]);
  const again = open('again');
  await clock.advance(6000);
  expect(again.isClosed).toBe(true);
});
