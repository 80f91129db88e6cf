import type { FastjsonInput, FastjsonValue } from '../../common/fastjson.js';
import { integerOf, objectOf } from '../../common/json-fields.js';

export interface TimerState {
  /** Milliseconds since the epoch: what was due then or before, and lies before logOffset, is done. */
  deliveredUntil: number;
  /** Physical offset. */
  logOffset: number;
  /** In the queue of the wheel's topic: what lies before it is done altogether. */
  queueOffset: number;
}

/** How far the messages with a time of their own have been delivered. */
export class TimerProgress {
  private current: TimerState = { deliveredUntil: 0, logOffset: 0, queueOffset: 0 };
  private isChanged = false;

  get state(): Readonly<TimerState> {
    return this.current;
  }

  set(state: TimerState): void {
    this.current = state;
    this.isChanged = true;
  }

  /** True once after something has changed. */
  takeChanged(): boolean {
    const changed = this.isChanged;
    this.isChanged = false;
    return changed;
  }

  encode(): FastjsonInput {
    return this.current;
  }

  /** @throws ProtocolError */
  decode(content: FastjsonValue): void {
    const state = objectOf(content, 'timerProgress.json');
    this.current = {
      deliveredUntil: integerOf(state.deliveredUntil, 'deliveredUntil', 0),
      logOffset: integerOf(state.logOffset, 'logOffset', 0),
      queueOffset: integerOf(state.queueOffset, 'queueOffset', 0),
    };
  }
}
