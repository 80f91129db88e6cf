/** Where a command prints; tests have one of their own. */
export interface Terminal {
  /** What was asked for. */
  out(text: string): void;
  /** Everything else: progress, warnings, errors. */
  err(text: string): void;
  /** Whether a person looks at out(); then there may be colours. */
  readonly isPerson: boolean;
  /** Whether a person looks at err(); then there may be a progress bar. */
  readonly showsProgress: boolean;
  readonly columns: number;
  /** Lines of a person's screen. */
  readonly rows?: number;
}

const DEFAULT_COLUMNS = 80;

/** That of this process. `NO_COLOR` is heeded as https://no-color.org says. */
export function processTerminal(): Terminal {
  const { stdout, stderr, env } = process;
  return {
    out: (text) => void stdout.write(text),
    err: (text) => void stderr.write(text),
    isPerson: stdout.isTTY && !env.NO_COLOR,
    showsProgress: stderr.isTTY,
    get columns() {
      return stdout.isTTY ? stdout.columns : DEFAULT_COLUMNS;
    },
    get rows() {
      return stdout.isTTY ? stdout.rows : undefined;
    },
  };
}
