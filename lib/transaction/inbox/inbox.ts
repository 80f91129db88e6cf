import {
  ConfigurationError,
  NodeClock,
  PeriodicTask,
  Service,
  silentLogger,
  type Clock,
  type Logger,
} from '../../engine/index.js';
import { Aside } from '../aside.js';
import { ensureTable, inboxTable } from '../library-tables.js';
import { insertIfAbsent, placeholders } from '../sql.js';
import type { UnitOfWork } from '../unit-of-work.js';

const purgeIntervalMs = 3_600_000;
const rowsPerPurge = 1_000;
const maxLength = 255;

/** Which effect it is that happens once. */
export interface InboxOptions<Context> {
  unitOfWork: UnitOfWork<Context>;
  /** Create the table at start if it is missing. Default false. */
  synchronize?: boolean;
  /** How long a message is remembered: longer than retries, dead letters and offset resets may bring it back. Default 7 days. */
  retentionMs?: number;
  /** Longest wait for a copy of the message that is being applied right now. Default 5000. */
  lockTimeoutMs?: number;
  /** Default: the system's. */
  clock?: Clock;
  /** Default: none. */
  logger?: Logger;
}

/** Names a message within a consumer group; both at most 255 characters. */
export interface InboxEntry {
  group: string;
  /** The business key, or the message's UNIQ_KEY; never its offset message id, which a retry changes. */
  key: string;
}

/** What this process's inbox has met since it was made. */
export interface InboxCounts {
  applied: number;
  /** Copies that were stopped. */
  duplicates: number;
  /** Work that threw, so that its entry was not kept. */
  failed: number;
}

/**
 * Remembers which messages a consumer group has applied, in the transaction that applies them. So
 * an effect in that database happens exactly once, however often the message is delivered; effects
 * elsewhere, such as a mail, are outside of this promise.
 *
 * As a Nest provider it starts and stops with the application.
 */
export class Inbox<Context> extends Service {
  readonly counts: InboxCounts = { applied: 0, duplicates: 0, failed: 0 };
  private readonly options: Required<InboxOptions<Context>>;
  private readonly aside: Aside<Context>;
  private readonly purging: PeriodicTask;
  private readonly sql: (text: string) => string;

  constructor(given: InboxOptions<Context>) {
    super();
    this.options = {
      synchronize: false,
      retentionMs: 7 * 86_400_000,
      lockTimeoutMs: 5_000,
      clock: new NodeClock(),
      logger: silentLogger,
      ...given,
    };
    const { clock, logger, lockTimeoutMs, unitOfWork } = this.options;
    this.sql = placeholders(unitOfWork.dialect);
    this.aside = new Aside(unitOfWork, clock, lockTimeoutMs);
    this.purging = new PeriodicTask({
      clock,
      intervalMs: purgeIntervalMs,
      initialDelayMs: 0,
      run: () => this.purge(),
      onError: (error) => logger.warn('purge of rmq_inbox failed, it is tried again', { error }),
    });
  }

  /**
   * Runs `work` in a transaction of the unit of work, or in the one that the caller is inside of,
   * unless the entry was applied before. Acknowledge the message after either answer. A copy that is
   * being applied right now is waited for, or makes this one fail, to be tried again.
   * @throws what the work throws; the entry is then not kept, so that a retry applies it
   */
  async once(entry: InboxEntry, work: (context: Context) => Promise<unknown>): Promise<'applied' | 'duplicate'> {
    const { unitOfWork } = this.options;
    const apply = async (context: Context): Promise<'applied' | 'duplicate'> => {
      if (!(await this.claim(context, entry))) return 'duplicate';
      await work(context);
      return 'applied';
    };
    const outer = unitOfWork.current();
    try {
      const outcome = await (outer === undefined ? unitOfWork.run(apply) : apply(outer));
      this.counts[outcome === 'applied' ? 'applied' : 'duplicates']++;
      return outcome;
    } catch (error) {
      this.counts.failed++;
      throw error;
    }
  }

  /** For those inside a transaction of their own: to be called first in it. @returns false: applied before, do nothing */
  async claim(context: Context, entry: InboxEntry): Promise<boolean> {
    checkLength('group', entry.group);
    checkLength('key', entry.key);
    const { clock, lockTimeoutMs, unitOfWork } = this.options;
    const waitsForCopies = unitOfWork.dialect === 'postgres';
    if (waitsForCopies) await unitOfWork.execute(context, `SET LOCAL lock_timeout = ${lockTimeoutMs}`);
    const columns = 'consumer_group, msg_key, created_at';
    const inserted = await unitOfWork.execute(
      context,
      this.sql(insertIfAbsent(unitOfWork.dialect, 'rmq_inbox', 'consumer_group, msg_key', columns)),
      [entry.group, entry.key, clock.now()],
    );
    if (waitsForCopies) await unitOfWork.execute(context, 'SET LOCAL lock_timeout TO DEFAULT');
    return inserted > 0;
  }

  /** Nest's hook. */
  onModuleInit(): Promise<void> {
    return this.start();
  }

  /** Nest's hook. */
  beforeApplicationShutdown(): Promise<void> {
    return this.stop();
  }

  protected async onStart(): Promise<void> {
    const { synchronize, unitOfWork } = this.options;
    await unitOfWork.open();
    await ensureTable(unitOfWork, inboxTable, { synchronize });
    this.purging.start();
  }

  protected async onStop(): Promise<void> {
    await this.purging.stop();
  }

  private async purge(): Promise<void> {
    const { clock, retentionMs, unitOfWork } = this.options;
    const isOld = `created_at < ? ORDER BY created_at LIMIT ${rowsPerPurge}`; // by its index, not past what is left
    const old = (columns: string): string => `SELECT ${columns} FROM rmq_inbox WHERE ${isOld}`;
    const chosen = {
      mysql: isOld,
      postgres: `ctid = ANY (ARRAY(${old('ctid')}))`, // by a join it might read the whole table
      sqlite: `(consumer_group, msg_key) IN (${old('consumer_group, msg_key')})`,
    }[unitOfWork.dialect];
    const statement = this.sql(`DELETE FROM rmq_inbox WHERE ${chosen}`);
    let deleted: number;
    do {
      deleted = await this.aside.run((context) => unitOfWork.execute(context, statement, [clock.now() - retentionMs]));
    } while (deleted === rowsPerPurge && !this.isStopping);
  }
}

function checkLength(field: 'group' | 'key', value: string): void {
  if (value.length === 0 || value.length > maxLength)
    throw new ConfigurationError(field, `has ${value.length} characters; an inbox entry takes 1 to ${maxLength}`);
}
