import { ProgressBar } from './progress-bar.js';
import { renderTable, type Cell } from './table.js';
import type { Terminal } from './terminal.js';

type Style = 'bold' | 'dim' | 'red' | 'yellow' | 'green';

const escapes: Readonly<Record<Style, string>> = { bold: '1', dim: '2', red: '31', yellow: '33', green: '32' };

/** What a command says: to people as text, with `--json` to programs. */
export class Output {
  constructor(
    readonly terminal: Terminal,
    readonly isJson: boolean,
  ) {}

  /** The whole answer. */
  print(data: unknown, text: string): void {
    this.terminal.out(`${this.isJson ? JSON.stringify(data, undefined, 2) : text}\n`);
  }

  /** One of many answers that come as they are found: a JSON object a line. */
  item(data: unknown, text: string): void {
    this.terminal.out(`${this.isJson ? JSON.stringify(data) : text}\n`);
  }

  /** The whole answer as a table, its titles bold on a terminal; `none` stands for a table without rows. */
  table(data: unknown, titles: readonly string[], rows: readonly (readonly Cell[])[], none = 'None.'): void {
    const [first, ...rest] = renderTable(titles, rows).split('\n');
    this.print(data, rows.length === 0 ? none : [this.style('bold', first), ...rest].join('\n'));
  }

  /** A remark for people, beside the answer: programs don't get it. */
  note(text: string): void {
    if (!this.isJson) this.terminal.err(`${text}\n`);
  }

  style(style: Style, text: string): string {
    return this.terminal.isPerson ? `\x1b[${escapes[style]}m${text}\x1b[0m` : text;
  }

  progress(title: string): ProgressBar {
    return new ProgressBar(title, this.terminal);
  }
}
