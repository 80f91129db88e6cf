import { decodeRecord } from '../../lib/engine/message/message-codec.js';
import type { Random } from '../../lib/engine/ports/random.js';
import { silentLogger } from '../../lib/engine/ports/logger.js';
import { DiskMessageStore } from '../../lib/engine/store/disk-message-store.js';
import type { Arrival, MessageToStore } from '../../lib/engine/store/message-store.js';
import type { FlushDiskType, StoreOptions } from '../../lib/engine/store/store-options.js';
import { VirtualClock } from '../../lib/testing/virtual-clock.js';
import { seededRandom } from '../../lib/testing/seeded-random.js';
import { SimulatedFileSystem } from '../../lib/testing/simulated-file-system.js';

const ROOT = '/store';
const TOPICS = ['T', 'U', '%RETRY%g'];
/** Gets a message after each recovery, to see that the store goes on. */
const EXTRA_TOPIC = 'Extra';
const QUEUES = 3;

/** `kill`: the process dies, the disk goes on; `power`: what was not synced is in doubt. */
export type CrashKind = 'kill' | 'power';

export interface LabRun {
  seed: number;
  flushDiskType: FlushDiskType;
  /** Crash points of this run. */
  points: number;
}

/** A message as the model knows it, in the order of the calls, which is the order of the log. */
interface Sent {
  topic: string;
  queueId: number;
  queueOffset: number;
  body: string;
  key: string;
  /** Set when put() has answered that it is stored. */
  isAcknowledged: boolean;
  /** WAIT=false: the answer didn't speak of the disk. */
  isUnawaited: boolean;
  /** End of its record, once known. */
  end: number;
}

interface CrashPoint {
  disk: SimulatedFileSystem;
  /** How many messages had been sent, and how many of them must be there again. */
  sent: number;
  required: number;
  /** … and how many if the power is cut while it recovers from this. */
  durable: number;
  description: string;
}

/**
 * Lets a store work on a simulated disk, kills it or cuts its power at some of its calls of the
 * disk, recovers from what is left, and compares with what was sent: always an exact beginning of
 * it, with everything that was acknowledged, visible or flushed.
 */
export class CrashLab {
  private readonly random: Random;
  private readonly clock = new VirtualClock();
  private sent: Sent[] = [];
  /** Messages that were there when this process began, and those that consumers have seen since. */
  private found = { kill: 0, power: 0 };
  private visible = 0;

  constructor(private readonly run: LabRun) {
    this.random = seededRandom(run.seed);
  }

  /** @returns the number of crash points survived. @throws when one was not */
  async work(): Promise<number> {
    let disk = new SimulatedFileSystem();
    let survived = 0;
    while (survived < this.run.points) {
      const points = await this.generation(disk);
      const counts: number[] = [];
      for (const point of points) counts.push(await this.survivors(point));
      survived += points.length;
      // Life goes on after one of them, as if the others had never happened.
      const chosen = this.random.nextInt(points.length);
      disk = points[chosen].disk;
      const survivors = this.sent.slice(0, counts[chosen]);
      this.sent = survivors.map((message) => ({ ...message, isAcknowledged: false, end: Infinity }));
      this.found = { kill: points[chosen].required, power: points[chosen].durable };
    }
    return survived;
  }

  /** Work from a start to the death of the process. */
  private async generation(disk: SimulatedFileSystem): Promise<CrashPoint[]> {
    const points: CrashPoint[] = [];
    const store = this.store(disk);
    this.visible = 0;
    let calls = 0;
    disk.onCall = ({ kind, path }) => {
      // The log is where most is to be lost.
      const isDue = kind !== 'read' && this.oneIn(path.includes('/commitlog/') ? 6 : 40);
      calls++;
      if (isDue) points.push(this.cut(disk, store, `before call ${calls}, ${kind} ${path}`));
      return this.oneIn(4) ? turns(1 + this.random.nextInt(3)) : undefined;
    };
    await store.start();
    this.found = { kill: this.sent.length, power: this.sent.length };
    store.onArrival((arrival) => this.noteVisible(arrival));
    for (let steps = 10 + this.random.nextInt(30); steps > 0; steps--) await this.step(store);
    if (this.oneIn(3)) await store.stop();
    points.push(this.cut(disk, store, 'at the end'));
    disk.onCall = undefined;
    disk.kill();
    await store.stop().catch(() => undefined); // its disk is gone
    return points;
  }

  private async step(store: DiskMessageStore): Promise<void> {
    const choice = this.random.nextInt(8);
    if (choice === 0) await this.clock.advance(this.random.nextInt(100_000));
    else if (choice === 1) await this.clock.settle();
    else this.put(store, choice === 2 ? 2 + this.random.nextInt(4) : 1);
  }

  private put(store: DiskMessageStore, count: number): void {
    const topic = TOPICS[this.random.nextInt(TOPICS.length)];
    const queueId = this.random.nextInt(QUEUES);
    const isUnawaited = this.oneIn(5);
    const batch: MessageToStore[] = [];
    const expected: Sent[] = [];
    for (let i = 0; i < count; i++) {
      const message = this.compose(topic, queueId, isUnawaited);
      batch.push(message);
      expected.push(this.expect(message, isUnawaited));
    }
    void store.putBatch(batch).then(({ status, appended }) => {
      if (status !== 'PUT_OK' && status !== 'FLUSH_DISK_TIMEOUT') return;
      expected.forEach((message, i) => {
        message.isAcknowledged = status === 'PUT_OK';
        message.end = appended[i].physicalOffset + appended[i].size;
      });
    });
  }

  private compose(topic: string, queueId: number, isUnawaited: boolean): MessageToStore {
    const key = `k${this.random.nextInt(1_000_000) + 1_000_000}`;
    const properties = new Map([
      ['KEYS', key],
      ['UNIQ_KEY', `u-${key}`],
      ['WAIT', isUnawaited ? 'false' : 'true!'], // of one length
    ]);
    // Many are of one size, so that a new record can end where an old one, torn off, begins.
    const isOdd = this.oneIn(2);
    // Long ones too: no CRC covers the properties, and they may take several sectors.
    if (isOdd && this.oneIn(2)) properties.set('long', `${'p'.repeat(this.random.nextInt(2000))}.`);
    const size = isOdd ? this.random.nextInt(this.oneIn(3) ? 3000 : 200) : 100;
    const body = Buffer.from(`${this.sent.length} `.padEnd(size, 'b'));
    const bornHost = { host: isOdd && this.oneIn(2) ? 'fd00::2' : '127.0.0.1', port: 1 };
    const fixed = { flag: 0, sysFlag: 0, bornTimestamp: 1, reconsumeTimes: 0, preparedTransactionOffset: 0 };
    return { ...fixed, topic, queueId, bornHost, body, properties };
  }

  private expect({ topic, queueId, body, properties }: MessageToStore, isUnawaited: boolean): Sent {
    const message = {
      topic,
      queueId,
      queueOffset: this.countIn(topic, queueId, this.sent.length),
      body: body.toString(),
      key: properties.get('KEYS') ?? '',
      isAcknowledged: false,
      isUnawaited,
      end: Infinity,
    };
    this.sent.push(message);
    return message;
  }

  private noteVisible(arrival: Arrival): void {
    const index = this.sent.findIndex(
      ({ topic, queueId, queueOffset }) =>
        topic === arrival.topic && queueId === arrival.queueId && queueOffset === arrival.queueOffset,
    );
    this.visible = Math.max(this.visible, index + 1);
  }

  /** The crash: of either kind, here and now. */
  private cut(disk: SimulatedFileSystem, store: DiskMessageStore, where: string): CrashPoint {
    const kind: CrashKind = this.oneIn(3) ? 'kill' : 'power';
    const required = this.requiredAfter(kind, store);
    return {
      disk: kind === 'kill' ? disk.afterKill() : disk.crash(this.random),
      sent: this.sent.length,
      required,
      durable: kind === 'power' ? required : this.requiredAfter('power', store),
      description: `${kind} ${where}`,
    };
  }

  private requiredAfter(kind: CrashKind, store: DiskMessageStore): number {
    const isSync = this.run.flushDiskType === 'SYNC_FLUSH';
    const flushed = store.isRunning ? store.flushedPhysicalOffset() : 0;
    let required = this.found[kind];
    if (kind === 'kill' || isSync) required = Math.max(required, this.visible);
    this.sent.forEach(({ isAcknowledged, isUnawaited, end }, index) => {
      const isPromised = isAcknowledged && (kind === 'kill' || (isSync && !isUnawaited));
      if (isPromised || end <= flushed) required = Math.max(required, index + 1);
    });
    return required;
  }

  /** Recovers a copy of what is left. @returns how many messages are there */
  private async survivors(point: CrashPoint): Promise<number> {
    try {
      const disk = point.disk.afterKill();
      const store = this.store(disk);
      await store.start();
      const count = await this.check(store, point);
      await this.checkGoesOn(store, count);
      await store.stop();
      if (!this.oneIn(4)) return count;
      const again = this.store(disk);
      await again.start();
      await this.check(again, { ...point, required: count }, 1);
      await again.stop();
      return count;
    } catch (error) {
      throw new Error(`${this.run.flushDiskType}, ${point.description}: ${String(error)}`, { cause: error });
    }
  }

  /** @param extra messages that checkGoesOn() has put, and that are in `sent` no longer */
  private async check(store: DiskMessageStore, point: CrashPoint, extra = 0): Promise<number> {
    let count = 0;
    for (const topic of [...TOPICS, EXTRA_TOPIC]) {
      for (let queueId = 0; queueId < QUEUES; queueId++) count += store.maxQueueOffset(topic, queueId);
    }
    const numberOfSent = count - extra;
    if (numberOfSent < point.required) fail(`${numberOfSent} of ${point.required} promised messages are there`);
    if (numberOfSent > point.sent) fail(`${numberOfSent} messages are there, but ${point.sent} were sent`);
    let physicalOffset = -1;
    for (let index = 0; index < numberOfSent; index++) {
      const { topic, queueId, queueOffset, body, key } = this.sent[index];
      if (queueOffset >= store.maxQueueOffset(topic, queueId)) fail(`message ${index} is missing between others`);
      const { status, records } = await store.get({ topic, queueId, queueOffset, maxCount: 1 });
      if (status !== 'FOUND') fail(`message ${index}: ${status}`);
      const record = decodeRecord(records[0], 0, { checkCrc: true });
      if (record.body.toString() !== body || record.topic !== topic || record.properties.get('KEYS') !== key) {
        fail(`message ${index} has other contents`);
      }
      if (record.queueOffset !== queueOffset || record.queueId !== queueId) fail(`message ${index} has another place`);
      if (record.physicalOffset <= physicalOffset) fail(`message ${index} is not behind message ${index - 1}`);
      physicalOffset = record.physicalOffset;
      if (index % 7 === this.run.seed % 7) await this.checkIndexed(store, topic, key, record.physicalOffset);
    }
    return count;
  }

  private async checkIndexed(
    store: DiskMessageStore,
    topic: string,
    key: string,
    physicalOffset: number,
  ): Promise<void> {
    const { records } = await store.query(topic, key, 64, 0, Number.MAX_SAFE_INTEGER);
    const found = records.map((record) => decodeRecord(record).physicalOffset);
    if (found.filter((offset) => offset === physicalOffset).length !== 1) {
      fail(`${topic}#${key} at ${physicalOffset} is found at ${found.join(', ') || 'no place'}`);
    }
  }

  /** The next message of a queue gets the next offset, and is read back. */
  private async checkGoesOn(store: DiskMessageStore, count: number): Promise<void> {
    const { topic, queueId } = { topic: TOPICS[count % TOPICS.length], queueId: count % QUEUES };
    const expected = this.countIn(topic, queueId, count);
    const put = store.put(this.compose(EXTRA_TOPIC, 0, false));
    await this.clock.settle();
    const { status, appended } = await put;
    if (status !== 'PUT_OK' || appended[0].queueOffset !== 0) fail(`the next message is answered ${status}`);
    if (store.maxQueueOffset(topic, queueId) !== expected) fail('a queue ends elsewhere than its messages');
  }

  private countIn(topic: string, queueId: number, among: number): number {
    let count = 0;
    for (let i = 0; i < among; i++) if (this.sent[i].topic === topic && this.sent[i].queueId === queueId) count++;
    return count;
  }

  private store(disk: SimulatedFileSystem): DiskMessageStore {
    const options: Partial<StoreOptions> = {
      storePathRootDir: ROOT,
      flushDiskType: this.run.flushDiskType,
      mappedFileSizeCommitLog: 16 * 1024,
      mappedFileSizeConsumeQueue: 20 * 30,
      maxHashSlotNum: 64,
      maxIndexNum: 50,
      readCacheBytes: 1024 * 1024,
      flushConsumeQueueThoroughInterval: 20_000,
    };
    return new DiskMessageStore(options, {
      clock: this.clock,
      fileSystem: disk,
      logger: silentLogger,
      storeHost: () => ({ host: '127.0.0.1', port: 10911 }),
    });
  }

  private oneIn(times: number): boolean {
    return this.random.nextInt(times) === 0;
  }
}

/** A disk takes its time, and others work meanwhile. */
async function turns(count: number): Promise<void> {
  for (let i = 0; i < count; i++) await new Promise((resolve) => setImmediate(resolve));
}

function fail(what: string): never {
  throw new Error(what);
}
