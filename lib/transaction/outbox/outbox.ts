import { randomUUID } from 'node:crypto';
import {
  ClosedError,
  NodeClock,
  PeriodicTask,
  Service,
  silentLogger,
  type Clock,
  type Logger,
  type Message,
} from '../../engine/index.js';
import { Aside } from '../aside.js';
import { ensureTable } from '../library-tables.js';
import { OutboxAdmin, type OutboxStatus, type ParkedRow, type ParkedSelection } from './outbox-admin.js';
import { OutboxLanes } from './outbox-lanes.js';
import { checkOutboxTuning, defaultOutboxTuning, type OutboxOptions, type OutboxTuning } from './outbox-options.js';
import { OutboxRelay, type RelayCounts } from './outbox-relay.js';
import { checkRow, type IdentifiedMessage } from './outbox-row.js';
import { OutboxRows, type Addition } from './outbox-rows.js';
import { OutboxSender, type OutboxProducer } from './outbox-sender.js';
import { outboxLaneTable, outboxTable } from './outbox-tables.js';

/** Takes the messages of one transaction. */
export interface Outgoing {
  /**
   * Sends it if and only if the transaction commits.
   * @returns its message id (UNIQ_KEY)
   * @throws InvalidMessageError what could not be sent
   */
  add(message: Message): string;
}

const purgeIntervalMs = 60_000;
const defaultSendTimeoutMs = 3_000;

/**
 * Messages in the transactions of a database: written to a table with the rest, and sent from there
 * by a relay after the commit. They may be many, delayed, or in order by their sharding key; a crash
 * loses none, and may send some twice, with the same message id.
 *
 * As a Nest provider it starts and stops with the application.
 */
export class OutboxService<Context> extends Service {
  private readonly unitOfWork: OutboxOptions<Context>['unitOfWork'];
  private readonly tuning: OutboxTuning;
  private readonly clock: Clock;
  private readonly logger: Logger;
  private readonly makeProducer: () => Promise<OutboxProducer>;
  private producer?: OutboxProducer;
  private readonly rows: OutboxRows<Context>;
  private readonly admin: OutboxAdmin<Context>;
  private readonly relay: OutboxRelay<Context>;
  private readonly purging: PeriodicTask;

  /** @throws ConfigurationError naming the option */
  constructor(options: OutboxOptions<Context>) {
    super();
    const { engine, unitOfWork, producer, clock = new NodeClock(), logger = silentLogger, ...tuning } = options;
    this.unitOfWork = unitOfWork;
    this.clock = clock;
    this.logger = logger;
    this.tuning = { ...defaultOutboxTuning, ...tuning };
    const sendTimeoutMs = producer.sendMsgTimeoutMs ?? defaultSendTimeoutMs;
    checkOutboxTuning(this.tuning, sendTimeoutMs);
    this.makeProducer = async () => {
      const maker = typeof engine === 'function' ? await engine() : engine;
      return maker.createProducer({ autoBatch: true, ...producer });
    };
    this.rows = new OutboxRows(unitOfWork);
    const aside = new Aside(unitOfWork, clock, this.tuning.lockTimeoutMs);
    const lanes = new OutboxLanes(unitOfWork, (options.newOwner ?? randomUUID)());
    this.admin = new OutboxAdmin(unitOfWork, aside, lanes);
    this.relay = new OutboxRelay({
      aside,
      lanes,
      rows: this.rows,
      sender: new OutboxSender(() => this.runningProducer()),
      tuning: this.tuning,
      clock,
      logger,
      sendTimeoutMs,
    });
    this.purging = new PeriodicTask({
      clock,
      intervalMs: purgeIntervalMs,
      run: () => this.purgeOld(),
      onError: (error) => logger.warn('outbox: sent rows could not be purged, it is tried again', { error }),
    });
  }

  /** Attempts of this process's relay since its start. */
  get counts(): Readonly<RelayCounts> {
    return this.relay.counts;
  }

  /**
   * Runs `work` in a transaction of the unit of work, or in the one that the caller is inside of, and
   * sends what it adds to `out` if and only if that commits.
   */
  async run<Result>(work: (context: Context, out: Outgoing) => Promise<Result>): Promise<Result> {
    this.checkRunning();
    const outer = this.unitOfWork.current();
    if (outer !== undefined) {
      const value = await this.collect(outer, work);
      this.relay.expect();
      return value;
    }
    const value = await this.rows.run((context) => this.gather(context, work));
    this.relay.kick();
    return value;
  }

  /**
   * For those inside a transaction of their own, whose `context` it is. Messages of a key are sent in
   * the order in which their transactions commit.
   * @returns the message ids
   * @throws InvalidMessageError what could not be sent; nothing is added
   */
  async enqueue(context: Context, ...messages: readonly Message[]): Promise<string[]> {
    this.checkRunning();
    const identified = messages.map((message) => this.identify(message));
    await this.rows.insert(context, { messages: identified, now: this.clock.now() });
    this.relay.expect();
    return identified.map(({ messageId }) => messageId);
  }

  /** Has the relay look at once; for those whose own transaction has just committed. */
  kick(): void {
    this.relay.kick();
  }

  /** Counts the whole table. */
  status(): Promise<OutboxStatus> {
    return this.admin.status(this.clock.now());
  }

  /** The longest parked first. @param limit default 100 */
  parked(limit = 100): Promise<ParkedRow[]> {
    return this.admin.parked(limit);
  }

  /** Has parked rows tried again; what is held behind them follows. Default: all. @returns how many */
  async resume(selection: ParkedSelection = {}): Promise<number> {
    const count = await this.admin.resume(selection, this.clock.now());
    this.relay.kick();
    return count;
  }

  /** Deletes parked rows for good; what is held behind them is sent. Default: all. @returns how many */
  async purgeParked(selection: ParkedSelection = {}): Promise<number> {
    const count = await this.admin.purgeParked(selection);
    this.relay.kick();
    return count;
  }

  /** Deletes sent rows that were kept. @param sentBefore milliseconds since the epoch @returns how many */
  purgeSent(sentBefore: number): Promise<number> {
    return this.admin.purgeSent(sentBefore, () => this.isStopping);
  }

  /** Nest's hook. */
  onModuleInit(): Promise<void> {
    return this.start();
  }

  /** Nest's hook. */
  beforeApplicationShutdown(): Promise<void> {
    return this.stop();
  }

  /** Collects what `work` adds and writes it in the transaction of `context`; for run() and the half messages' own. */
  async collect<Result>(context: Context, work: (context: Context, out: Outgoing) => Promise<Result>): Promise<Result> {
    const { value, added } = await this.gather(context, work);
    await this.rows.insert(context, added);
    return value;
  }

  protected async onStart(): Promise<void> {
    const { synchronize, relay, keepSentMs } = this.tuning;
    await this.unitOfWork.open();
    for (const table of [outboxLaneTable, outboxTable]) await ensureTable(this.unitOfWork, table, { synchronize });
    this.producer = await this.makeProducer();
    await this.producer.start();
    if (!relay) return;
    this.relay.start();
    if (keepSentMs > 0) this.purging.start();
  }

  protected async onStop(): Promise<void> {
    await this.purging.stop();
    await this.relay.stop();
    await this.producer?.stop();
  }

  /** To be written behind the work, so that the locks of keys are held for as short as may be. */
  private async gather<Result>(
    context: Context,
    work: (context: Context, out: Outgoing) => Promise<Result>,
  ): Promise<{ value: Result; added: Addition }> {
    const messages: IdentifiedMessage[] = [];
    const add = (message: Message): string => {
      const identified = this.identify(message);
      messages.push(identified);
      return identified.messageId;
    };
    const value = await work(context, { add });
    return { value, added: { messages, now: this.clock.now() } };
  }

  private identify(message: Message): IdentifiedMessage {
    const producer = this.runningProducer();
    const identified = { ...message, messageId: message.messageId ?? producer.newMessageId() };
    producer.check(identified);
    checkRow(identified);
    return identified;
  }

  private async purgeOld(): Promise<void> {
    const count = await this.purgeSent(this.clock.now() - this.tuning.keepSentMs);
    if (count > 0) this.logger.debug('outbox: sent rows purged', { count });
  }

  private checkRunning(): void {
    if (!this.isRunning) throw notRunning();
  }

  private runningProducer(): OutboxProducer {
    if (this.producer === undefined) throw notRunning();
    return this.producer;
  }
}

function notRunning(): ClosedError {
  return new ClosedError('OutboxService does not run; start() it before, or stop sending');
}
