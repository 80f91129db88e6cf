import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { type FrameContent, frameOf, SendFrames } from './send-frames.js';

export interface LightLoad extends FrameContent {
  /** `host:port` of the broker. */
  address: string;
  connections: number;
  /** Sends without an answer, of each connection. */
  inFlight: number;
}

/**
 * Sends as fast as the answers come, and does little else: frames are ready-made, and of an answer
 * only its length and its code are looked at.
 */
export class LightClient {
  private constructor(private readonly connections: readonly Connection[]) {}

  static async connect(load: LightLoad): Promise<LightClient> {
    const connections = Array.from({ length: load.connections }, async () => Connection.open(load));
    return new LightClient(await Promise.all(connections));
  }

  /** Keeps sending for so long. @returns messages acknowledged, per second */
  async run(ms: number): Promise<{ acknowledged: number; elapsedMs: number }> {
    const begun = performance.now();
    const until = begun + ms;
    await Promise.all(this.connections.map(async (connection) => connection.run(() => performance.now() < until)));
    return this.counted(begun);
  }

  /** Sends so many in all. */
  async send(count: number): Promise<{ acknowledged: number; elapsedMs: number }> {
    const begun = performance.now();
    let left = count;
    await Promise.all(this.connections.map(async (connection) => connection.run(() => left-- > 0)));
    return this.counted(begun);
  }

  close(): void {
    for (const connection of this.connections) connection.close();
  }

  private counted(begun: number): { acknowledged: number; elapsedMs: number } {
    const elapsedMs = performance.now() - begun;
    let acknowledged = 0;
    for (const connection of this.connections) acknowledged += connection.takeAcknowledged();
    return { acknowledged, elapsedMs };
  }
}

class Connection {
  private acknowledged = 0;
  private unanswered = 0;
  private rest: Buffer = Buffer.alloc(0);
  private wants: () => boolean = () => false;
  private settle: { resolve: () => void; reject: (error: Error) => void } | undefined;

  private constructor(
    private readonly socket: Socket,
    private readonly frames: SendFrames,
    private readonly inFlight: number,
  ) {
    socket.on('data', (chunk) => this.read(chunk));
    socket.on('error', (error) => this.settle?.reject(error));
    socket.on('close', () => this.settle?.reject(new Error('the broker has closed the connection')));
  }

  static async open(load: LightLoad): Promise<Connection> {
    return new Connection(await openSocket(load.address), new SendFrames(load), load.inFlight);
  }

  async run(wants: () => boolean): Promise<void> {
    this.wants = wants;
    const done = new Promise<void>((resolve, reject) => (this.settle = { resolve, reject }));
    this.sendUpTo(this.inFlight);
    await done;
  }

  takeAcknowledged(): number {
    const { acknowledged } = this;
    this.acknowledged = 0;
    return acknowledged;
  }

  close(): void {
    this.settle = undefined;
    this.socket.destroy();
  }

  private sendUpTo(most: number): void {
    let count = 0;
    while (count < most && this.wants()) count++;
    this.unanswered += count;
    if (count > 0) this.socket.write(this.frames.next(count));
    else if (this.unanswered === 0) this.settle?.resolve();
  }

  private read(chunk: Buffer): void {
    const bytes = this.rest.length === 0 ? chunk : Buffer.concat([this.rest, chunk]);
    let at = 0;
    let answers = 0;
    while (at + 4 <= bytes.length) {
      const end = at + 4 + bytes.readInt32BE(at);
      if (end > bytes.length) break;
      if (hasSucceeded(bytes, at)) this.acknowledged++;
      answers++;
      at = end;
    }
    this.rest = bytes.subarray(at);
    this.unanswered -= answers;
    this.sendUpTo(answers);
  }
}

async function openSocket(address: string): Promise<Socket> {
  const [host, port] = address.split(':');
  const socket = connect({ host, port: Number(port), noDelay: true });
  await once(socket, 'connect');
  return socket;
}

/** Behind the lengths, an answer begins with `{"code":0,` from Apache's broker and from ours. */
const CODE_AT = 8 + '{"code":'.length;

function hasSucceeded(bytes: Buffer, at: number): boolean {
  return bytes[at + CODE_AT] === 0x30 && bytes[at + CODE_AT + 1] === 0x2c;
}

/** Messages stored in a topic, over its queues: what was acknowledged has to be there. */
export async function storedIn(address: string, { topic, queues }: FrameContent): Promise<number> {
  const socket = await openSocket(address);
  let stored = 0;
  for (let queueId = 0; queueId < queues; queueId++) {
    const extFields = { topic, queueId: String(queueId) };
    const header = { code: 30, extFields, flag: 0, language: 'JAVA', opaque: queueId, version: 479 };
    socket.write(frameOf(header, Buffer.alloc(0)));
    const [answer] = (await once(socket, 'data')) as [Buffer];
    stored += Number(/"offset":"(\d+)"/.exec(answer.toString())![1]);
  }
  socket.destroy();
  return stored;
}
