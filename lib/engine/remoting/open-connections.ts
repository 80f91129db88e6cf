import { PeriodicTask } from '../common/periodic-task.js';
import type { Clock } from '../ports/clock.js';
import type { Logger } from '../ports/logger.js';
import type { ConnectionOptions } from './connection-options.js';

/** A connection as those who count it see it. */
export interface CountedConnection {
  readonly remoteAddress: string;
  /** Whether a whole request or answer has come by it. */
  readonly hasSpoken: boolean;
  /** On the monotonic clock: when it was opened, and when the first byte of a command came that is still incomplete. */
  readonly openedAt: number;
  readonly incompleteSince: number | undefined;
  close(): void;
  onClose(listener: () => void): void;
}

const LOOK_EVERY_MS = 1000;

/** Those of one port: not more than there may be, and none that only takes up room. */
export class OpenConnections<Connection extends CountedConnection> implements Iterable<Connection> {
  private readonly all = new Set<Connection>();
  private readonly sweep: PeriodicTask;
  private refused = 0;

  constructor(
    private readonly limits: ConnectionOptions,
    private readonly clock: Clock,
    private readonly log: Logger,
  ) {
    const onError = (error: unknown): void => log.error('connections could not be looked at', { error });
    this.sweep = new PeriodicTask({ clock, intervalMs: LOOK_EVERY_MS, run: () => this.closeStalled(), onError });
  }

  /** @returns whether there is room for one more, perhaps because another had to go */
  makeRoom(): boolean {
    if (this.all.size < this.limits.maxConnections) return true;
    for (const connection of this.all) {
      if (connection.hasSpoken) continue;
      connection.close();
      this.all.delete(connection);
      return true;
    }
    this.refused++;
    return false;
  }

  add(connection: Connection): void {
    if (this.all.size === 0) this.sweep.start();
    this.all.add(connection);
  }

  delete(connection: Connection): void {
    this.all.delete(connection);
    if (this.all.size === 0) void this.sweep.stop(); // a round is synchronous
  }

  [Symbol.iterator](): Iterator<Connection> {
    return this.all[Symbol.iterator]();
  }

  private closeStalled(): void {
    const now = this.clock.monotonic();
    const { firstRequestTimeoutMs, frameTimeoutMs, maxConnections } = this.limits;
    for (const connection of this.all) {
      const { remoteAddress, hasSpoken, openedAt, incompleteSince = now } = connection;
      if (!hasSpoken && now - openedAt >= firstRequestTimeoutMs) {
        this.log.info('connection closed: no request came in time', { remoteAddress, firstRequestTimeoutMs });
      } else if (now - incompleteSince >= frameTimeoutMs) {
        this.log.info('connection closed: a request did not end in time', { remoteAddress, frameTimeoutMs });
      } else continue;
      connection.close();
    }
    if (this.refused > 0)
      this.log.warn('connections were refused: too many are open', { maxConnections, refused: this.refused });
    this.refused = 0;
  }
}
