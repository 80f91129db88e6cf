import { ClosedError } from '../../../../lib/engine/common/errors.js';
import { silentLogger } from '../../../../lib/engine/ports/logger.js';
import type { Socket } from '../../../../lib/engine/ports/network.js';
import { encodeFrame } from '../../../../lib/engine/protocol/frame-codec.js';
import { numbered, request, response, type RemotingCommand } from '../../../../lib/engine/protocol/remoting-command.js';
import type { RequestProcessor } from '../../../../lib/engine/remoting/channel.js';
import { FrameDecoder } from '../../../../lib/engine/remoting/frame-decoder.js';
import { TcpChannel } from '../../../../lib/engine/remoting/tcp-channel.js';
import { VirtualClock } from '../../../../lib/testing/virtual-clock.js';

/** A byte stream whose other end is the test. */
class FakeSocket implements Socket {
  readonly remoteAddress = '127.0.0.1:50000';
  readonly localAddress = '127.0.0.1:10911';
  readonly writes: Buffer[] = [];
  readonly events: string[] = [];
  bufferedBytes = 0;

  write(chunks: readonly Uint8Array[]): void {
    this.writes.push(Buffer.concat(chunks));
  }

  pause(): void {
    this.events.push('pause');
  }

  resume(): void {
    this.events.push('resume');
  }

  end(): void {
    this.events.push('end');
  }

  destroy(): void {
    this.events.push('destroy');
  }

  /** The commands of each write. */
  get written(): RemotingCommand[][] {
    return this.writes.map((bytes) => {
      const commands: RemotingCommand[] = [];
      new FrameDecoder().decode(bytes, (command) => commands.push(command));
      return commands;
    });
  }
}

function setUp(processors: [number, RequestProcessor][] = [], outputBudgetBytes = Infinity) {
  const clock = new VirtualClock();
  const socket = new FakeSocket();
  const context = { clock, logger: silentLogger, processors: new Map(processors) };
  const channel = new TcpChannel(socket, 'c', context, { idleTimeoutMs: 120_000, outputBudgetBytes });
  const receive = (...commands: RemotingCommand[]): void => {
    channel.handlers.onData(Buffer.concat(commands.flatMap((command) => encodeFrame(command))));
  };
  return { clock, socket, channel, receive };
}

const asked = (code: number, opaque: number, flag = 0): RemotingCommand => numbered(request(code), opaque, flag);
const echo: RequestProcessor = ({ body }) => response(0, { body });

describe('TcpChannel', () => {
  test('what is answered in one turn leaves in one write', async () => {
    const slow: RequestProcessor = async () => {
      await Promise.resolve();
      return response(0);
    };
    const { clock, socket, receive } = setUp([
      [1, echo],
      [2, slow],
    ]);
    receive(asked(1, 11), asked(2, 12), asked(1, 13));
    expect(socket.writes).toHaveLength(0);
    await clock.settle();
    expect(socket.written.map((commands) => commands.map(({ opaque }) => opaque))).toEqual([[11, 13, 12]]);
  });

  test('a large body is written as it is, between the small ones', async () => {
    const body = Buffer.alloc(50_000, 5);
    const { clock, socket, receive } = setUp([
      [1, echo],
      [2, () => response(0, { body })],
    ]);
    receive(asked(1, 1), asked(2, 2), asked(1, 3));
    await clock.settle();
    const [[first, second, third]] = socket.written;
    expect([first.opaque, second.opaque, third.opaque]).toEqual([1, 2, 3]);
    expect(second.body).toEqual(body);
  });

  test('a peer that does not take its answers is not read, until it has taken everything', async () => {
    const { clock, socket, receive, channel } = setUp([[1, echo]], 1000);
    socket.bufferedBytes = 900;
    receive(asked(1, 1));
    await clock.settle();
    expect(socket.events).toEqual([]);
    socket.bufferedBytes = 1100;
    receive(asked(1, 2));
    await clock.settle();
    expect(socket.events).toEqual(['pause']);
    receive(asked(1, 3)); // was on its way already
    await clock.settle();
    expect(socket.written.flat()).toHaveLength(2);
    socket.bufferedBytes = 0;
    channel.handlers.onDrain();
    await clock.settle();
    expect(socket.events).toEqual(['pause', 'resume']);
    expect(socket.written.flat().map(({ opaque }) => opaque)).toEqual([1, 2, 3]);
  });

  test('of many requests that came at once, only those are processed whose answers fit the budget', async () => {
    let processed = 0;
    const big: RequestProcessor = () => response(0, { body: Buffer.alloc(600, ++processed) });
    const { clock, socket, receive } = setUp([[1, big]], 1000);
    receive(...[1, 2, 3, 4, 5].map((opaque) => asked(1, opaque)));
    expect(processed).toBe(2);
    await clock.settle();
    expect(socket.written.flat().map(({ opaque }) => opaque)).toEqual([1, 2, 3, 4, 5]);
    expect(socket.writes.length).toBeGreaterThan(1);
    expect(socket.events.at(-1)).toBe('resume');
  });

  test('bytes that make no sense close the connection; what came before them is answered', async () => {
    const { clock, socket, channel } = setUp([[1, echo]]);
    channel.handlers.onData(Buffer.concat([...encodeFrame(asked(1, 1)), Buffer.from('GET / HTTP/1.1\r\n\r\n')]));
    expect(channel.isOpen).toBe(false);
    expect(socket.events).toEqual(['end']);
    expect(socket.written.map((commands) => commands.map(({ opaque }) => opaque))).toEqual([[1]]);
    channel.handlers.onData(Buffer.from('more'));
    await clock.settle();
    expect(socket.writes).toHaveLength(1);
  });

  test('a connection is closed when nothing moved on it for 120 s, in neither direction', async () => {
    const { clock, socket, channel, receive } = setUp([[1, () => undefined]]);
    await clock.advance(100_000);
    receive(asked(1, 1));
    await clock.advance(100_000);
    channel.invokeOneway(request(40));
    await clock.advance(119_999);
    expect(channel.isOpen).toBe(true);
    await clock.advance(1);
    expect(channel.isOpen).toBe(false);
    expect(socket.events).toEqual(['end']);
  });

  test('a peer that does not take its last bytes is cut off after a second', async () => {
    const { clock, socket, channel } = setUp();
    channel.close();
    await clock.advance(999);
    expect(socket.events).toEqual(['end']);
    await clock.advance(1);
    expect(socket.events).toEqual(['end', 'destroy']);
  });

  test('close() delivers what was sent, fails what waits, and leaves no timer', async () => {
    const { clock, socket, channel } = setUp();
    const waiting = channel.invoke(request(1), 1000);
    const closed: string[] = [];
    channel.onClose(() => closed.push('told'));
    channel.close();
    channel.close();
    channel.onClose(() => closed.push('told at once'));
    expect(socket.written.flat()).toHaveLength(1);
    await expect(waiting).rejects.toThrow(ClosedError);
    expect(closed).toEqual(['told', 'told at once']);
    expect(() => channel.invokeOneway(request(1))).toThrow(ClosedError);
    channel.handlers.onClose();
    await channel.closed;
    expect(clock.scheduledTasks).toBe(0);
  });

  test('a lost connection says why', async () => {
    const { clock, channel } = setUp();
    const waiting = channel.invoke(request(1), 1000);
    channel.handlers.onClose(new Error('ECONNRESET'));
    await expect(waiting).rejects.toMatchObject({ code: 'CLOSED', retriable: true, cause: new Error('ECONNRESET') });
    await channel.closed;
    expect(clock.scheduledTasks).toBe(0);
  });

  test('a request with the opaque of one of ours is no answer to it', async () => {
    const { clock, socket, channel, receive } = setUp([[40, echo]]);
    const waiting = channel.invoke(request(34), 1000);
    await clock.settle();
    const [[{ opaque }]] = socket.written;
    receive(asked(40, opaque), numbered(response(0, { remark: 'the answer' }), opaque, 1));
    await expect(waiting).resolves.toMatchObject({ remark: 'the answer' });
    await clock.settle();
    expect(socket.written[1]).toMatchObject([{ opaque, flag: 1 }]);
  });

  test('answers nobody asked for and late ones are ignored', async () => {
    const { clock, socket, channel, receive } = setUp();
    const late = channel.invoke(request(1), 10).catch((error: unknown) => error);
    await clock.advance(10);
    receive(numbered(response(0), 1, 1), numbered(response(0), 999, 1));
    await clock.settle();
    expect(await late).toMatchObject({ code: 'REQUEST_TIMEOUT' });
    expect(channel.isOpen).toBe(true);
    expect(socket.writes).toHaveLength(1);
  });

  test('a oneway request gets no answer: not to an unknown code, not to a failure', async () => {
    const { clock, socket, receive } = setUp([
      [1, echo],
      [2, () => Promise.reject(new Error('broken'))],
    ]);
    receive(asked(1, 1, 2), asked(2, 2, 2), asked(12345, 3, 2));
    await clock.settle();
    expect(socket.writes).toHaveLength(0);
  });

  test('a processor that throws at once answers like one that fails later', async () => {
    const { clock, socket, receive } = setUp([
      [
        1,
        () => {
          throw new Error('at once');
        },
      ],
      [2, () => Promise.reject(new Error('later'))],
    ]);
    receive(asked(1, 1), asked(2, 2));
    await clock.settle();
    expect(socket.written.flat()).toMatchObject([
      { opaque: 1, code: 1, remark: 'at once' },
      { opaque: 2, code: 1, remark: 'later' },
    ]);
  });
});
