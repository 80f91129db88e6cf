/**
 * What a run was asked for: `npm run test:<group> -- --seed S --cycles N`.
 */

/** Seeds every random choice of a run; the summary prints it. */
export const seed = Number(process.env.TEST_SEED);

/** How often a long test repeats itself, unless `--cycles` says otherwise. */
export function cycles(usually: number): number {
  return Number(process.env.TEST_CYCLES ?? usually);
}
