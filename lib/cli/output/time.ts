/** `2026-07-01T12:00:00.000Z`; undefined for a time that never was: 0 or below. */
export function timeText(ms: number): string | undefined {
  return ms > 0 ? new Date(ms).toISOString() : undefined;
}
