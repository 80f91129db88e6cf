import { ConfigurationError } from '../common/errors.js';
import { Service } from '../common/lifecycle.js';
import { PeriodicTask } from '../common/periodic-task.js';
import type { Clock } from '../ports/clock.js';
import type { FileSystem } from '../ports/file-system.js';
import type { Logger } from '../ports/logger.js';
import { readWhole } from '../store/crash-safe-file.js';

/** How soon a change is seen. */
const LOOK_EVERY_MS = 1000;

export interface WatchedFileParts {
  readonly path: string;
  /** The option that names it. */
  readonly option: string;
  /** Default true: without it there is no start. */
  readonly isRequired?: boolean;
  /** Throwing leaves what was in force before. */
  readonly apply: (text: string) => void | Promise<void>;
  readonly fileSystem: FileSystem;
  readonly clock: Clock;
  readonly log: Logger;
}

/** A file that is applied at the start and whenever it has changed; one that cannot be read any more changes nothing. */
export class WatchedFile extends Service {
  private readonly task: PeriodicTask;
  private seen: string | undefined;

  constructor(private readonly parts: WatchedFileParts) {
    super();
    this.task = new PeriodicTask({
      clock: parts.clock,
      intervalMs: LOOK_EVERY_MS,
      run: () => this.look(),
      onError: (error) => parts.log.error('a changed file is not applied', { file: parts.path, error }),
    });
  }

  /** @throws ConfigurationError it is missing; whatever `apply` throws */
  protected async onStart(): Promise<void> {
    const { path, option, isRequired = true, apply } = this.parts;
    this.seen = await this.read();
    if (this.seen !== undefined) await apply(this.seen);
    else if (isRequired) throw new ConfigurationError(option, `${path} cannot be read; name an existing file`);
    this.task.start();
  }

  protected async onStop(): Promise<void> {
    await this.task.stop();
  }

  private async look(): Promise<void> {
    const text = await this.read();
    if (text === undefined || text === this.seen) return;
    this.seen = text; // one that is wrong is reported once
    await this.parts.apply(text);
    this.parts.log.info('a changed file is applied', { file: this.parts.path });
  }

  private async read(): Promise<string | undefined> {
    return (await readWhole(this.parts.fileSystem, this.parts.path))?.toString('utf8');
  }
}
