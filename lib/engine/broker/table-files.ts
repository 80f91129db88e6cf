import { Service } from '../common/lifecycle.js';
import { PeriodicTask } from '../common/periodic-task.js';
import type { Clock } from '../ports/clock.js';
import type { Logger } from '../ports/logger.js';
import type { BrokerOptions } from './broker-options.js';
import { TableFile, type TableStorage } from './table-file.js';
import type { Tables } from './tables/tables.js';

export interface TableFilesParts {
  options: Pick<BrokerOptions, 'flushConsumerOffsetInterval' | 'flushDelayOffsetInterval'>;
  tables: Tables;
  storage: TableStorage;
  clock: Clock;
  log: Logger;
}

/** The tables that outlive the broker: topics and groups are stored as they change, progress now and then. */
export class TableFiles extends Service {
  readonly topics: TableFile;
  readonly groups: TableFile;
  readonly requestModes: TableFile;
  private readonly all: readonly TableFile[];
  private readonly saving: readonly PeriodicTask[];

  constructor({ options, tables, storage, clock, log }: TableFilesParts) {
    super();
    const { offsets, delayOffsets, timerProgress } = tables;
    this.topics = new TableFile('topics.json', tables.topics, storage, log);
    this.groups = new TableFile('subscriptionGroup.json', tables.groups, storage, log);
    this.requestModes = new TableFile('messageRequestMode.json', tables.requestModes, storage, log);
    const offsetsFile = new TableFile('consumerOffset.json', offsets, storage, log);
    const delayFile = new TableFile('delayOffset.json', delayOffsets, storage, log);
    const timerFile = new TableFile('timerProgress.json', timerProgress, storage, log);
    this.all = [this.topics, this.groups, this.requestModes, offsetsFile, delayFile, timerFile];

    const periodically = (intervalMs: number, run: () => Promise<void>): PeriodicTask => {
      const onError = (error: unknown): void => log.error('progress could not be stored; trying again', { error });
      return new PeriodicTask({ clock, intervalMs, run, onError, isUpkeep: true });
    };
    this.saving = [
      periodically(options.flushConsumerOffsetInterval, async () => {
        if (offsets.takeChanged()) await offsetsFile.save();
      }),
      periodically(options.flushDelayOffsetInterval, async () => {
        if (delayOffsets.takeChanged()) await delayFile.save();
        if (timerProgress.takeChanged()) await timerFile.save();
      }),
    ];
  }

  protected async onStart(): Promise<void> {
    for (const file of this.all) await file.load();
    for (const task of this.saving) task.start();
  }

  protected async onStop(): Promise<void> {
    await Promise.all(this.saving.map((task) => task.stop()));
    await Promise.all(this.all.map((file) => file.save()));
  }
}
