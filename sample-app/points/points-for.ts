/** One point for every ten euros. */
export function pointsFor(amount: number): number {
  return Math.floor(amount / 10);
}
