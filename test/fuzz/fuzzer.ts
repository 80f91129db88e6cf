import type { Random } from '../../lib/engine/ports/random.js';
import { mutate, pick } from './mutations.js';

/** Something that takes any bytes: it gives a value, or throws an error that it may. */
export interface FuzzTarget {
  readonly originals: readonly Buffer[];
  readonly decode: (bytes: Buffer) => unknown;
  readonly mayThrow: readonly (abstract new (...args: never[]) => Error)[];
  /** One round in so many: it takes so much longer than others, or below 1 so much shorter. Default 1. */
  readonly costs?: number;
}

/** Of the processor, whatever else the machine does: no input is so large that it takes longer. */
const HANG_MS = 1000;

/** @returns what was wrong with the first bytes that were not borne; undefined: all were */
export function fuzz(target: FuzzTarget, random: Random, rounds: number): string | undefined {
  for (const original of target.originals) {
    const failure = tryOnce(target, original);
    if (failure !== undefined) return failure;
  }
  for (let round = 0; round < rounds / (target.costs ?? 1); round++) {
    const failure = tryOnce(target, mutate(pick(target.originals, random), random));
    if (failure !== undefined) return failure;
  }
  return undefined;
}

/** One input, twice: what is said of it may depend on nothing else. */
export function tryOnce(target: FuzzTarget, bytes: Buffer): string | undefined {
  const given = Buffer.from(bytes);
  const before = process.cpuUsage();
  const [first, second] = [outcome(target, bytes), outcome(target, bytes)];
  const { user, system } = process.cpuUsage(before);
  const ms = (user + system) / 1000;
  const failure =
    first.failure ??
    second.failure ??
    (ms > HANG_MS ? `took ${Math.round(ms)} ms` : undefined) ??
    (first.text === second.text ? undefined : 'another outcome at the second time') ??
    (given.equals(bytes) ? undefined : 'the input was changed') ??
    (Object.keys(Object.prototype).length > 0 ? 'Object.prototype was changed' : undefined);
  for (const name of Object.keys(Object.prototype)) Reflect.deleteProperty(Object.prototype, name);
  return failure && `${failure}: ${given.subarray(0, 2000).toString('hex')}`;
}

function outcome({ decode, mayThrow }: FuzzTarget, bytes: Buffer): { text?: string; failure?: string } {
  try {
    return { text: textOf(decode(bytes)) };
  } catch (error) {
    if (mayThrow.some((kind) => error instanceof kind)) return { text: (error as Error).message };
    return { failure: `threw ${error instanceof Error ? `${error.name} ${error.message}` : String(error)}` };
  }
}

function textOf(value: unknown): string {
  return (
    JSON.stringify(value, (_name, part: unknown) => {
      if (typeof part === 'bigint') return `${part}n`;
      if (typeof part === 'number' && Number.isNaN(part)) throw new TypeError('no number');
      return part instanceof Map ? [...(part as Map<unknown, unknown>)] : part;
    }) ?? ''
  );
}
