import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { connect, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { decodeRecords } from '../../lib/engine/message/message-codec.js';
import { decodeOffsetMessageId } from '../../lib/engine/message/message-id.js';
import { NodeClock } from '../../lib/engine/platform/node-clock.js';
import { NodeNetwork } from '../../lib/engine/platform/node-network.js';
import { silentLogger } from '../../lib/engine/ports/logger.js';
import type { Random } from '../../lib/engine/ports/random.js';
import { encodeFrame } from '../../lib/engine/protocol/frame-codec.js';
import { encodeHeader } from '../../lib/engine/protocol/field-table.js';
import { isResponse, numbered, request, type RemotingCommand } from '../../lib/engine/protocol/remoting-command.js';
import { RequestCode } from '../../lib/engine/protocol/request-code.js';
import { pullMessageRequest } from '../../lib/engine/protocol/requests/pull-message.js';
import { sendMessageV2Request } from '../../lib/engine/protocol/requests/send-message.js';
import type { Channel } from '../../lib/engine/remoting/channel.js';
import { FrameDecoder } from '../../lib/engine/remoting/frame-decoder.js';
import { TcpConnector } from '../../lib/engine/remoting/tcp-transport.js';
import type { FromBroker } from './broker-process.js';
import { fuzzedRequest, type SeenMessages } from './broker-requests.js';
import { cut } from './mutations.js';

const PEERS = 4;
/** Requests that a peer sends before it waits for the broker to have read them. */
const BURST = 25;
/** No request takes so long, whatever else the machine does. */
const HANG_MS = 2000;
/** A connection ends after so many bursts, and with it what the broker keeps for it. */
const BURSTS_OF_A_CONNECTION = 8;
const SEEN_MESSAGES = 8;
/** Asked on the fuzzing connections, too: whatever came before it has been read by its answer. */
const MARK = -2;

/** A broker in a process of its own. */
class BrokerUnderFire {
  readonly errors: string[] = [];
  private exit?: string;

  private constructor(
    readonly address: string,
    private readonly child: ChildProcess,
    private readonly directory: string,
  ) {
    child.on('message', (message: FromBroker) => {
      if ('error' in message) this.errors.push(message.error);
    });
    child.on('exit', (code, signal) => (this.exit = `the broker has ended: ${code ?? signal}`));
  }

  static async start(fault = ''): Promise<BrokerUnderFire> {
    const directory = await mkdtemp(join(tmpdir(), 'fuzzed-broker-'));
    const loader = join(__dirname, '../../scripts/ts.mjs');
    const child = fork(join(__dirname, 'broker-process.ts'), [join(directory, 'store'), fault], {
      execArgv: ['--expose-gc', '--import', loader],
      stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
    });
    const [first] = (await once(child, 'message')) as [FromBroker];
    if (!('address' in first)) throw new Error(`no address: ${JSON.stringify(first)}`);
    return new BrokerUnderFire(first.address, child, directory);
  }

  /** What nobody thought of, or an end. */
  get failure(): string | undefined {
    return this.exit ?? this.errors[0];
  }

  async memoryBytes(): Promise<number> {
    const answer = new Promise<number>((resolve, reject) => {
      const listen = (message: FromBroker): void => {
        if (!('memoryBytes' in message)) return;
        this.child.off('message', listen);
        resolve(message.memoryBytes);
      };
      this.child.on('message', listen);
      this.child.once('exit', () => reject(new Error(this.failure)));
    });
    this.child.send('memory');
    return answer;
  }

  async stop(): Promise<void> {
    if (this.child.connected) this.child.disconnect();
    if (this.exit === undefined) await once(this.child, 'exit');
    await rm(this.directory, { recursive: true, force: true });
  }
}

/** A connection that sends what nobody would, and holds the answers against what it sent. */
class Peer {
  private readonly unanswered = new Set<number>();
  private readonly decoder = new FrameDecoder();
  private readonly seen: SeenMessages[number][] = [];
  private opaque = 1;
  private isSound = true;
  private failure?: string;
  private marked?: () => void;

  private constructor(
    private readonly socket: Socket,
    private readonly random: Random,
  ) {
    socket.on('error', () => undefined);
    socket.on('close', () => this.marked?.());
    socket.on('data', (chunk) => {
      if (this.isSound) this.decoder.decode(chunk, (command) => this.take(command));
    });
  }

  static async open(address: string, random: Random): Promise<Peer> {
    const socket = connect({ host: '127.0.0.1', port: Number(address.split(':')[1]), noDelay: true });
    await once(socket, 'connect');
    return new Peer(socket, random);
  }

  get isOpen(): boolean {
    return !this.socket.destroyed && this.socket.writable;
  }

  /** @returns what was wrong about the answers */
  async burst(): Promise<string | undefined> {
    const frames: Buffer[] = [];
    for (let i = 0; i < BURST; i++) {
      const { bytes, opaque } = fuzzedRequest(this.opaque++, this.random, this.seen);
      if (opaque === undefined) this.isSound = false;
      else this.unanswered.add(opaque);
      frames.push(bytes);
    }
    this.unanswered.add(this.opaque);
    frames.push(...encodeFrame(numbered(request(MARK), this.opaque++, 0)));
    const isMarked = new Promise<void>((resolve) => (this.marked = resolve));
    const [first, ...others] = frames;
    for (const chunk of [...cut(first, this.random), Buffer.concat(others)]) this.socket.write(chunk);
    if (!this.isSound) this.socket.end(); // what it was asked, and when, nobody can tell
    const isTimely = await withinTime(isMarked);
    return this.failure ?? (isTimely ? undefined : `a burst was not read within ${HANG_MS} ms`);
  }

  close(): void {
    this.socket.destroy();
  }

  private take(command: RemotingCommand): void {
    if (!isResponse(command)) {
      if (!brokersRequests.has(command.code)) this.failure ??= `asked for ${command.code}`;
      return;
    }
    if (!this.unanswered.delete(command.opaque)) this.failure ??= `an answer to nothing: ${JSON.stringify(command)}`;
    const { msgId } = command.extFields;
    if (/^[0-9A-F]{32}$/.test(msgId)) {
      const offset = String(decodeOffsetMessageId(msgId).physicalOffset);
      this.seen[this.seen.length < SEEN_MESSAGES ? this.seen.length : command.opaque % SEEN_MESSAGES] = {
        offset,
        commitLogOffset: offset,
        msgId,
      };
    }
    if (command.opaque === this.opaque - 1) this.marked?.();
  }
}

/** What brokers ask of clients. */
const brokersRequests: ReadonlySet<number> = new Set([
  RequestCode.CHECK_TRANSACTION_STATE,
  RequestCode.NOTIFY_CONSUMER_IDS_CHANGED,
  RequestCode.RESET_CONSUMER_CLIENT_OFFSET,
  RequestCode.GET_CONSUMER_STATUS_FROM_CLIENT,
  RequestCode.GET_CONSUMER_RUNNING_INFO,
  RequestCode.CONSUME_MESSAGE_DIRECTLY,
  RequestCode.PUSH_REPLY_MESSAGE_TO_CLIENT,
]);

/** A client that behaves, with a topic and a group that the others don't know of. */
class Witness {
  private sent = 0;

  private constructor(private readonly channel: Channel) {}

  static async connect(address: string): Promise<Witness> {
    const connector = new TcpConnector({ network: new NodeNetwork(), clock: new NodeClock(), logger: silentLogger });
    const witness = new Witness(await connector.connect(address, new Map(), 5000));
    const consumerDataSet = [{ groupName: 'witness', subscriptionDataSet: [] }];
    const body = Buffer.from(JSON.stringify({ clientID: 'witness', producerDataSet: [], consumerDataSet }));
    await witness.ask(RequestCode.HEART_BEAT, {}, body);
    return witness;
  }

  /** Sends a message, reads it and commits that. @returns what was wrong about it */
  async look(): Promise<string | undefined> {
    const queueOffset = this.sent++;
    const text = `message ${queueOffset}`;
    const header = { producerGroup: 'witness', defaultTopic: 'TBW102', defaultTopicQueueNums: 1, queueId: 0 };
    const send = { ...header, topic: 'Witness', sysFlag: 0, bornTimestamp: 0, flag: 0 };
    const queue = { topic: 'Witness', queueId: '0', consumerGroup: 'witness' };
    try {
      const sent = await this.ask(
        RequestCode.SEND_MESSAGE_V2,
        encodeHeader(sendMessageV2Request, send),
        Buffer.from(text),
      );
      if (sent.extFields.queueOffset !== String(queueOffset)) return `sent to ${JSON.stringify(sent)}`;
      const pull = { ...{ subVersion: 0, subscription: '*', expressionType: 'TAG', maxMsgNums: 1 }, sysFlag: 4 };
      const place = { topic: 'Witness', queueId: 0, consumerGroup: 'witness', queueOffset, commitOffset: 0 };
      const pulled = await this.ask(
        RequestCode.PULL_MESSAGE,
        encodeHeader(pullMessageRequest, { ...pull, ...place, suspendTimeoutMillis: 0 }),
      );
      const [record] = decodeRecords(pulled.body ?? Buffer.alloc(0));
      if (record?.body.toString() !== text) return `pulled ${JSON.stringify(pulled)} in place of '${text}'`;
      const before = await this.ask(RequestCode.QUERY_CONSUMER_OFFSET, queue);
      if (queueOffset > 0 && before.extFields.offset !== String(queueOffset))
        return `progress ${before.extFields.offset}`;
      await this.ask(RequestCode.UPDATE_CONSUMER_OFFSET, { ...queue, commitOffset: String(queueOffset + 1) });
    } catch (error) {
      return `a good client failed: ${String(error)}`;
    }
    return undefined;
  }

  close(): void {
    this.channel.close();
  }

  private ask(code: number, extFields: Record<string, string>, body?: Buffer): Promise<RemotingCommand> {
    return this.channel.invoke(request(code, { extFields, body }), HANG_MS);
  }
}

async function withinTime(done: Promise<void>): Promise<boolean> {
  let timer!: NodeJS.Timeout;
  const late = new Promise<false>((resolve) => (timer = setTimeout(() => resolve(false), HANG_MS)));
  const isTimely = await Promise.race([done.then(() => true), late]);
  clearTimeout(timer);
  return isTimely;
}

/**
 * By how much memory in use may grow behind a run's first third: what is stored has its places in queues and caches
 * until these are full, and what waits for its time is kept. It does not grow with the run's length.
 */
const GROWTH = 0.05;
const GROWTH_BYTES = 6 * 1024 * 1024;

export interface BrokerFuzzResult {
  /** The first thing that was wrong. */
  readonly failure?: string;
  readonly sent: number;
  /** In use after a third of the requests, and at the end. */
  readonly memoryBytes: readonly number[];
}

/** Requests of every code from several connections at once, to a broker in a process of its own. */
export async function fuzzBroker(random: Random, requests: number, fault?: string): Promise<BrokerFuzzResult> {
  const broker = await BrokerUnderFire.start(fault);
  const witness = await Witness.connect(broker.address);
  const memoryBytes: number[] = [];
  let sent = 0;
  let failure: string | undefined;
  const phase = async (until: number): Promise<void> => {
    while (sent < until && failure === undefined) {
      const peers = await Promise.all(Array.from({ length: PEERS }, () => Peer.open(broker.address, random)));
      for (let bursts = 0; bursts < BURSTS_OF_A_CONNECTION && failure === undefined; bursts++) {
        const open = peers.filter(({ isOpen }) => isOpen);
        if (open.length === 0) break;
        sent += BURST * open.length;
        const found = await Promise.all([...open.map((peer) => peer.burst()), witness.look()]);
        failure = broker.failure ?? found.find((one) => one !== undefined);
      }
      for (const peer of peers) peer.close();
    }
    failure ??= await witness.look();
    if (failure === undefined) memoryBytes.push(await broker.memoryBytes());
  };
  try {
    await phase(requests / 3);
    await phase(requests);
    const [early, late] = memoryBytes;
    if (failure === undefined && late > early * (1 + GROWTH) + GROWTH_BYTES)
      failure = `memory grew from ${early} to ${late}`;
    return { failure, sent, memoryBytes };
  } finally {
    witness.close();
    await broker.stop();
  }
}
