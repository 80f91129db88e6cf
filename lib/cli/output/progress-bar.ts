import type { Terminal } from './terminal.js';

const WIDTH = 30;

/** A bar on a terminal; nothing elsewhere, so that logs and pipes stay clean. */
export class ProgressBar {
  private shown = -1;

  constructor(
    private readonly title: string,
    private readonly terminal: Pick<Terminal, 'err' | 'showsProgress'>,
  ) {}

  update(done: number, total: number): void {
    const percent = total === 0 ? 100 : Math.floor((done / total) * 100);
    if (!this.terminal.showsProgress || percent === this.shown) return;
    this.shown = percent;
    const filled = Math.round((percent / 100) * WIDTH);
    const bar = '█'.repeat(filled) + '░'.repeat(WIDTH - filled);
    this.terminal.err(`\r${this.title} ${bar} ${String(percent).padStart(3)} %`);
  }

  /** Leaves the line to what comes next. */
  clear(): void {
    if (this.terminal.showsProgress && this.shown >= 0) this.terminal.err('\r\x1b[K');
  }
}
