import { afterTurn } from '../engine/platform/real-time.js';
import type { Cancellable, Clock } from '../engine/ports/clock.js';

interface Task {
  due: number;
  isUpkeep: boolean;
  run: () => void;
}

/**
 * A clock that stands still until it is advanced. Tasks run in the order of their due times, those
 * due at the same time in the order they were scheduled; a task without delay needs no advance: it
 * runs when the current turn of the event loop has ended.
 */
export class VirtualClock implements Clock {
  private elapsedMs = 0;
  /** Sorted by due time. */
  private readonly timers: Task[] = [];
  private turn: Task[] = [];
  private advancing: Promise<void> = Promise.resolve();

  /**
   * @param startMs wall clock at the start, in milliseconds since the epoch
   * @param upkeepMs upkeep runs when a multiple of this has passed, so that hours go by quickly; 0: at its time
   */
  constructor(
    private readonly startMs = Date.UTC(2026, 0, 1),
    private readonly upkeepMs = 0,
  ) {}

  now(): number {
    return this.startMs + this.elapsedMs;
  }

  monotonic(): number {
    return this.elapsedMs;
  }

  /** Tasks that wait for their time. */
  get scheduledTasks(): number {
    return this.timers.length + this.turn.length;
  }

  schedule(delayMs: number, run: () => void, isUpkeep = false): Cancellable {
    const task: Task = { due: this.elapsedMs + Math.max(0, delayMs), isUpkeep, run };
    if (isUpkeep && this.upkeepMs > 0 && delayMs > 0) task.due = Math.ceil(task.due / this.upkeepMs) * this.upkeepMs;
    if (delayMs <= 0) {
      if (this.turn.push(task) === 1) afterTurn(() => this.endTurn());
    } else {
      this.timers.splice(this.positionFor(task.due), 0, task);
    }
    return { cancel: () => this.cancel(task) };
  }

  /**
   * Lets time pass; resolves when every task that came due has run and its promises have settled.
   * @param afterEach what time also waits for, each time it stands still
   */
  advance(ms: number, afterEach?: () => Promise<unknown> | undefined): Promise<void> {
    this.advancing = this.advancing.then(() => this.runUntil(this.elapsedMs + ms, afterEach));
    return this.advancing;
  }

  /** Lets promises and tasks without delay run until nothing is left to do at this time. */
  async settle(): Promise<void> {
    do await endOfTurn();
    while (this.turn.length > 0);
  }

  private async runUntil(end: number, afterEach?: () => Promise<unknown> | undefined): Promise<void> {
    await this.settle();
    while (this.timers.length > 0 && this.timers[0].due <= end) {
      this.elapsedMs = this.timers[0].due;
      for (const task of this.takeNext()) task.run();
      await this.settle();
      const more = afterEach?.();
      if (more) await more;
    }
    this.elapsedMs = end;
  }

  /** The first task; when it is upkeep that waited for others, those with it. */
  private takeNext(): Task[] {
    const [{ due, isUpkeep }] = this.timers;
    const others = this.timers.findIndex((task) => task.due !== due || !task.isUpkeep);
    const together = isUpkeep && this.upkeepMs > 0 ? others : 1;
    return this.timers.splice(0, together < 0 ? this.timers.length : together);
  }

  private endTurn(): void {
    const tasks = this.turn;
    this.turn = [];
    for (const task of tasks) task.run();
  }

  private cancel(task: Task): void {
    task.run = () => undefined; // it may be on its way already
    for (const tasks of [this.timers, this.turn]) {
      const position = tasks.indexOf(task);
      if (position >= 0) tasks.splice(position, 1);
    }
  }

  /** Behind all tasks that are due at `due` or before. */
  private positionFor(due: number): number {
    let low = 0;
    let high = this.timers.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.timers[middle].due <= due) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}

function endOfTurn(): Promise<void> {
  return new Promise((resolve) => afterTurn(resolve));
}
