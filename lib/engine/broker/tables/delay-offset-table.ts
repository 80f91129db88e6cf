import type { FastjsonInput, FastjsonValue } from '../../common/fastjson.js';
import { integersOf, objectOf } from '../../common/json-fields.js';
import { nextVersion, readDataVersion, type DataVersion } from '../../protocol/bodies/data-version.js';
import type { Clock } from '../../ports/clock.js';

/** How far each delay level has been delivered. Source: Apache 5.3 ScheduleMessageService. */
export class DelayOffsetTable {
  private readonly offsets = new Map<number, number>();
  private version: DataVersion;
  private updates = 0;
  private isChanged = false;

  constructor(
    private readonly options: { delayOffsetUpdateVersionStep: number },
    private readonly clock: Clock,
  ) {
    this.version = { stateVersion: 0, timestamp: clock.now(), counter: 0 };
  }

  get(level: number): number {
    return this.offsets.get(level) ?? 0;
  }

  all(): IterableIterator<[number, number]> {
    return this.offsets.entries();
  }

  set(level: number, queueOffset: number): void {
    if (this.offsets.get(level) === queueOffset) return;
    this.offsets.set(level, queueOffset);
    this.isChanged = true;
    if (++this.updates % this.options.delayOffsetUpdateVersionStep === 0) {
      this.version = nextVersion(this.version, this.clock.now());
    }
  }

  /** True once after something has changed. */
  takeChanged(): boolean {
    const changed = this.isChanged;
    this.isChanged = false;
    return changed;
  }

  encode(): FastjsonInput {
    return { dataVersion: this.version, offsetTable: this.offsets };
  }

  /** @throws ProtocolError */
  decode(content: FastjsonValue): void {
    const { dataVersion, offsetTable } = objectOf(content, 'delayOffset.json');
    for (const [level, queueOffset] of integersOf(offsetTable ?? {}, 'offsetTable')) {
      this.offsets.set(Number(level), queueOffset);
    }
    this.version = readDataVersion(dataVersion ?? {});
  }
}
