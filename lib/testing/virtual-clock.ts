import { afterTurn } from '../engine/platform/real-time.js';
import type { Cancellable, Clock } from '../engine/ports/clock.js';

interface Task {
  readonly due: number;
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
  /** What may wait for others of its kind; sorted, too. */
  private readonly upkeep: Task[] = [];
  private turn: Task[] = [];
  private advancing: Promise<void> = Promise.resolve();

  /**
   * @param startMs wall clock at the start, in milliseconds since the epoch
   * @param upkeepMs upkeep runs when a multiple of this has passed, and where an advance ends, so that
   * hours go by quickly; 0: at its time
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
    return this.timers.length + this.upkeep.length + this.turn.length;
  }

  schedule(delayMs: number, run: () => void, isUpkeep = false): Cancellable {
    const task: Task = { due: this.elapsedMs + Math.max(0, delayMs), run };
    if (delayMs <= 0) {
      if (this.turn.push(task) === 1) afterTurn(() => this.endTurn());
    } else {
      insert(task, isUpkeep && this.upkeepMs > 0 ? this.upkeep : this.timers);
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
    for (let next = this.nextDue(); next <= end; next = this.nextDue()) {
      this.elapsedMs = next;
      if (this.timers.at(0)?.due === next) this.timers.shift()?.run();
      else this.runUpkeep();
      await this.settle();
      await afterEach?.();
    }
    this.elapsedMs = end;
    if (!this.runUpkeep()) return;
    await this.settle();
    await afterEach?.();
  }

  private nextDue(): number {
    const [timer, upkeep] = [this.timers.at(0), this.upkeep.at(0)];
    const round = upkeep === undefined ? Infinity : Math.ceil(upkeep.due / this.upkeepMs) * this.upkeepMs;
    return Math.min(timer?.due ?? Infinity, round);
  }

  /** @returns whether there was any */
  private runUpkeep(): boolean {
    const due = this.upkeep.splice(0, positionFor(this.elapsedMs, this.upkeep));
    for (const task of due) task.run();
    return due.length > 0;
  }

  private endTurn(): void {
    const tasks = this.turn;
    this.turn = [];
    for (const task of tasks) task.run();
  }

  private cancel(task: Task): void {
    task.run = () => undefined; // it may be on its way already
    for (const tasks of [this.timers, this.upkeep, this.turn]) {
      const position = tasks.indexOf(task);
      if (position >= 0) tasks.splice(position, 1);
    }
  }
}

function insert(task: Task, tasks: Task[]): void {
  tasks.splice(positionFor(task.due, tasks), 0, task);
}

/** Behind all tasks that are due at `due` or before. */
function positionFor(due: number, tasks: readonly Task[]): number {
  let low = 0;
  let high = tasks.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (tasks[middle].due <= due) low = middle + 1;
    else high = middle;
  }
  return low;
}

function endOfTurn(): Promise<void> {
  return new Promise((resolve) => afterTurn(resolve));
}
