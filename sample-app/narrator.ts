import { styleText } from 'node:util';

type Style = Parameters<typeof styleText>[0];

export type Cell = string | number;

/** Writes for a person at a terminal; without colours where there is none. */
export class Narrator {
  private readonly isTerminal = process.stdout.isTTY && process.env.NO_COLOR === undefined;

  title(text: string): void {
    this.line(`\n${this.styled('bold', text)}`);
  }

  good(text: string): void {
    this.line(`  ${this.styled('green', '✓')} ${text}`);
  }

  bad(text: string): void {
    this.line(`  ${this.styled('red', '✗')} ${text}`);
  }

  note(text: string): void {
    this.line(`  ${this.styled('dim', '·')} ${text}`);
  }

  line(text = ''): void {
    process.stdout.write(`${text}\n`);
  }

  /** Numbers to the right, texts to the left. */
  table(head: readonly string[], rows: readonly (readonly Cell[])[]): void {
    const widths = head.map((name, column) =>
      Math.max(...[name, ...rows.map((row) => `${row[column]}`)].map(lengthOf)),
    );
    const isNumber = head.map((_, column) => rows.some((row) => typeof row[column] === 'number'));
    const format = (row: readonly Cell[]): string =>
      row
        .map((cell, column) => {
          const text = `${cell}`;
          return isNumber[column] ? text.padStart(widths[column]) : text.padEnd(widths[column]);
        })
        .join('   ')
        .trimEnd();
    this.line(`  ${this.styled('bold', format(head))}`);
    this.line(`  ${widths.map((width) => '─'.repeat(width)).join('───')}`);
    for (const row of rows) this.line(`  ${format(row)}`);
  }

  private styled(style: Style, text: string): string {
    return this.isTerminal ? styleText(style, text) : text;
  }
}

function lengthOf(text: string): number {
  return text.length;
}
