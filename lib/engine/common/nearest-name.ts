/** Longer than any name; comparing takes time by its length, and it may come from outside. */
const MOST_CHARACTERS = 64;

/** The candidate that a mistyped or shortened name most likely means; undefined when none is near. */
export function nearestName(name: string, candidates: readonly string[]): string | undefined {
  if (name.length > MOST_CHARACTERS) return undefined;
  const typed = name.toLowerCase();
  let nearest: string | undefined;
  let fewest = Math.max(2, Math.floor(name.length / 3)) + 1;
  for (const candidate of candidates) {
    const full = candidate.toLowerCase();
    const isShortened = typed.length > 3 && full.startsWith(typed);
    // It takes at least as many edits as the lengths differ.
    if (!isShortened && Math.abs(typed.length - full.length) >= fewest) continue;
    const edits = isShortened ? 1 : editDistance(typed, full);
    if (edits < fewest) [nearest, fewest] = [candidate, edits];
  }
  return nearest;
}

/** Levenshtein's: insertions, deletions and replacements that turn one text into the other. */
function editDistance(a: string, b: string): number {
  let previous = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    for (let j = 1; j <= b.length; j++) {
      const replaced = previous[j - 1] + (a[i - 1] === b[j - 1] ? 0 : 1);
      row.push(Math.min(replaced, previous[j] + 1, row[j - 1] + 1));
    }
    previous = row;
  }
  return previous[b.length];
}
