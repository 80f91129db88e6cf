import type { BrokerFigures } from '../broker/broker-figures.js';
import { unpackError } from '../common/error-parcel.js';
import { ClosedError, ConfigurationError } from '../common/errors.js';
import { Service } from '../common/lifecycle.js';
import { ThreadNetwork } from '../platform/thread-network.js';
import { startThread, type ThreadSettings } from '../platform/worker-thread.js';
import { hasErrorCode } from '../ports/file-system.js';
import type { LogFields, Logger } from '../ports/logger.js';
import type { Network } from '../ports/network.js';
import type { FromServers, LogParcel, ThreadTask, ToServers } from './thread-messages.js';

type Thread = ReturnType<typeof startThread>;

const WORKER_FILE = '../embedded-worker';

/** Name server and broker in a thread of their own; `network` reaches them. */
export class ServerThread extends Service {
  private thread?: Thread;
  private ended?: Promise<void>;
  private failure?: Error;
  private latest?: BrokerFigures;
  private places?: { nameServerAddress: string; publicAddresses?: string };

  constructor(
    private readonly task: ThreadTask,
    private readonly settings: ThreadSettings,
    private readonly logger: Logger,
  ) {
    super();
  }

  /** Where the name server listens for this process; after start(). */
  get nameServerAddress(): string {
    return this.places?.nameServerAddress ?? '';
  }

  /** Where it listens for others, if it does. */
  get publicAddresses(): string | undefined {
    return this.places?.publicAddresses;
  }

  /** At most some seconds old; after start(). */
  figures(): BrokerFigures {
    if (this.latest === undefined) throw new ClosedError('the thread of the embedded engine has not started');
    return this.latest;
  }

  get network(): Network {
    return new ThreadNetwork({ postMessage: (call, transfer) => this.thread?.postMessage(call, transfer) });
  }

  /** @throws what the servers' start failed by */
  protected async onStart(): Promise<void> {
    const thread = this.begin();
    this.thread = thread;
    this.ended = new Promise((resolve) => {
      thread.once('exit', () => {
        if (!this.isStopping) this.logger.error('the thread of the embedded engine has ended', { error: this.failure });
        resolve();
      });
    });
    thread.on('error', (error: unknown) => (this.failure = error as Error));
    const started = new Promise<void>((resolve) => {
      thread.on('message', (message: FromServers) => {
        this.hear(message);
        if (message.kind === 'started') resolve();
      });
    });
    await Promise.race([started, this.ended]);
    if (this.places === undefined) throw this.failure ?? new ClosedError('the thread of the embedded engine has ended');
  }

  /** Resolves when the store is closed and the thread is gone. @throws what went wrong with it */
  protected async onStop(): Promise<void> {
    this.tell({ kind: 'stop' });
    await this.ended;
    if (this.failure !== undefined && this.places !== undefined) throw this.failure;
  }

  private begin(): Thread {
    try {
      return startThread(WORKER_FILE, this.task, this.settings);
    } catch (cause) {
      const error = cause as Error;
      const hint = hasErrorCode(error, 'ENOENT')
        ? '; a bundled application has to leave this package outside of its bundle, or do without worker'
        : '';
      throw new ConfigurationError('worker', `its thread could not be started: ${error.message}${hint}`, { cause });
    }
  }

  private tell(message: ToServers): void {
    this.thread?.postMessage(message);
  }

  private hear(message: FromServers): void {
    switch (message.kind) {
      case 'started':
        this.places = message;
        break;
      case 'figures':
        this.latest = message.figures;
        break;
      case 'log':
        this.logger[message.level](message.sentence, fieldsOf(message.fields));
        break;
      case 'failed':
        this.failure = unpackError(message.error);
        break;
      case 'stopped':
        break;
    }
  }
}

function fieldsOf(parcel?: LogParcel): LogFields | undefined {
  if (parcel === undefined) return undefined;
  return Object.fromEntries(
    parcel.map(([name, value, isError]) => [
      name,
      isError ? unpackError(value as Parameters<typeof unpackError>[0]) : value,
    ]),
  );
}
