/** Source of randomness; seeded in tests. */
export interface Random {
  /** Uniform integer in [0, bound). */
  nextInt(bound: number): number;
  bytes(length: number): Buffer;
}
