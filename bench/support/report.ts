import { writeFileSync } from 'node:fs';
import { cpus } from 'node:os';

export interface Spread {
  min: number;
  median: number;
  max: number;
}

/** One line of a benchmark: ours beside a peer of the same run. */
export interface Result {
  scenario: string;
  unit: string;
  ours: Spread;
  peer: Spread & { name: string };
  /** Of the medians. */
  ratio: number;
  /** What is aimed at, where something is: such as '≥ 50 ×'. */
  aim?: string;
  /** Whether it is met, where that has been looked at. */
  isMet?: boolean;
}

/** `--quick`: in under a minute. `--json FILE`: the results for a program. */
export interface BenchOptions {
  quick: boolean;
  json?: string;
}

export function readBenchOptions(args = process.argv.slice(2)): BenchOptions {
  const at = args.indexOf('--json');
  return { quick: args.includes('--quick'), json: at < 0 ? undefined : args[at + 1] };
}

export function spreadOf(samples: readonly number[]): Spread {
  const sorted = [...samples].sort((a, b) => a - b);
  return { min: sorted[0], median: sorted[Math.floor(sorted.length / 2)], max: sorted[sorted.length - 1] };
}

export function compare(
  scenario: string,
  unit: string,
  ours: readonly number[],
  peer: { name: string; samples: readonly number[] },
  aim?: string,
): Result {
  const our = spreadOf(ours);
  const their = spreadOf(peer.samples);
  return { scenario, unit, ours: our, peer: { name: peer.name, ...their }, ratio: our.median / their.median, aim };
}

/** The result with its aim beside it: `isMet` looks at the median and at its ratio to the peer's. */
export function withAim(result: Result, aim: string, isMet: (median: number, ratio: number) => boolean): Result {
  return { ...result, aim, isMet: isMet(result.ours.median, result.ratio) };
}

export function report(results: readonly Result[], { json }: BenchOptions): void {
  console.log(`Node ${process.version}, ${cpus().length} cores; min / median / max`);
  const rows = results.map(({ scenario, unit, ours, peer, ratio, aim, isMet }) => [
    scenario,
    unit,
    format(ours),
    `${format(peer)} (${peer.name})`,
    ratio.toFixed(2),
    aim === undefined ? '' : `${aim}${isMet === undefined ? '' : isMet ? ' met' : ' NOT MET'}`,
  ]);
  printTable([['scenario', 'unit', 'ours', 'beside it', 'ratio', 'aim'], ...rows]);
  if (json !== undefined) writeFileSync(json, `${JSON.stringify(results, undefined, 2)}\n`);
}

function printTable(rows: readonly string[][]): void {
  const widths = rows[0].map((_, column) => Math.max(...rows.map((row) => row[column].length)));
  for (const row of rows)
    console.log(
      row
        .map((cell, column) => cell.padEnd(widths[column]))
        .join('  ')
        .trimEnd(),
    );
}

function format({ min, median, max }: Spread): string {
  return min === max ? readable(median) : [min, median, max].map(readable).join(' / ');
}

function readable(value: number): string {
  const digits = Math.abs(value) < 10 ? 2 : Math.abs(value) < 100 ? 1 : 0;
  return value.toLocaleString('en', { maximumFractionDigits: digits });
}
