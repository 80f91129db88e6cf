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
  /** What the ratio should be, as in `≥ 1.5`. */
  aim?: string;
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

export function report(results: readonly Result[], { json }: BenchOptions): void {
  console.log(`Node ${process.version}, ${cpus().length} cores; min / median / max`);
  for (const { scenario, unit, ours, peer, ratio, aim } of results) {
    const aimed = aim === undefined ? '' : ` (aim ${aim})`;
    console.log(`${scenario} (${unit})`);
    console.log(`  ours ${format(ours)}   ${peer.name} ${format(peer)}   ratio ${ratio.toFixed(2)}${aimed}`);
  }
  if (json !== undefined) writeFileSync(json, `${JSON.stringify(results, undefined, 2)}\n`);
}

function format({ min, median, max }: Spread): string {
  return [min, median, max].map(readable).join(' / ');
}

function readable(value: number): string {
  const digits = Math.abs(value) < 10 ? 2 : Math.abs(value) < 100 ? 1 : 0;
  return value.toLocaleString('en', { maximumFractionDigits: digits });
}
