/** Rows of names, a column for each target; shows at the end of a run what held where. */
export class OutcomeTable {
  private readonly rows = new Map<string, Map<string, string>>();

  constructor(
    private readonly title: string,
    private readonly columns: readonly string[],
  ) {}

  /** Runs `check` and remembers whether it held. */
  async record(row: readonly string[], column: string, check: () => Promise<void>): Promise<void> {
    this.set(row, column, 'FAILED');
    await check();
    this.set(row, column, 'ok');
  }

  set(row: readonly string[], column: string, outcome: string): void {
    const outcomes = this.rows.get(row.join('|')) ?? new Map<string, string>();
    this.rows.set(row.join('|'), outcomes);
    outcomes.set(column, outcome);
  }

  print(): void {
    const rows = [...this.rows].map(([row, outcomes]) => [
      ...row.split('|'),
      ...this.columns.map((column) => outcomes.get(column) ?? '-'),
    ]);
    const names = rows[0] ? rows[0].length - this.columns.length : 0;
    const lines = [[...Array<string>(names).fill(''), ...this.columns], ...rows];
    const widths = lines[0].map((_, column) => Math.max(...lines.map((line) => line[column].length)));
    const text = lines.map((line) => line.map((cell, column) => cell.padEnd(widths[column])).join('  '));
    process.stdout.write(`\n${this.title}\n${text.join('\n')}\n`);
  }
}
