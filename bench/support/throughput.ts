/** @returns a measure that keeps `inFlight` runs under way for `ms` and says how many ended in a second; no two runs get the same number */
export function throughput({ inFlight, ms }: { inFlight: number; ms: number }) {
  let serial = 0;
  return async (run: (serial: number) => Promise<unknown>): Promise<number> => {
    const first = serial;
    const startedAt = performance.now();
    const worker = async (): Promise<void> => {
      while (performance.now() - startedAt < ms) await run(serial++);
    };
    await Promise.all(Array.from({ length: inFlight }, worker));
    return ((serial - first) / (performance.now() - startedAt)) * 1000;
  };
}
