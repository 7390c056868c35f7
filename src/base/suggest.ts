/** Nobody misspells a word of this length, and comparing takes time by the square of it. */
const MAX_WORD = 500;

/** The candidate that a misspelt word most likely meant, or null when none is near. */
export function closest(word: string, candidates: Iterable<string>): string | null {
  if (word.length > MAX_WORD) return null;
  const limit = Math.max(1, Math.floor(word.length * 0.4));
  let best: string | null = null;
  let bestDistance = limit + 1;
  for (const candidate of candidates) {
    if (Math.abs(candidate.length - word.length) >= bestDistance) continue;
    const found = editDistance(word.toLowerCase(), candidate.toLowerCase());
    if (found < bestDistance) {
      best = candidate;
      bestDistance = found;
    }
  }
  return best;
}

/**
 * How many letters must be added, left out, replaced or swapped with their neighbour to make one word of the other: the
 * optimal string alignment distance (a restricted Damerau-Levenshtein distance; no piece is edited twice).
 */
export function editDistance(from: string, to: string): number {
  let beforeLast: readonly number[] = [];
  let last: readonly number[] = Array.from({ length: to.length + 1 }, (_, at) => at);
  for (let row = 1; row <= from.length; row++) {
    const current = [row];
    for (let column = 1; column <= to.length; column++) {
      const [a, b] = [from[row - 1], to[column - 1]];
      const replaced = (last[column - 1] ?? 0) + (a === b ? 0 : 1);
      const swapped =
        row > 1 && a === to[column - 2] && b === from[row - 2] ? (beforeLast[column - 2] ?? 0) + 1 : Infinity;
      current.push(Math.min(replaced, swapped, (last[column] ?? 0) + 1, (current[column - 1] ?? 0) + 1));
    }
    beforeLast = last;
    last = current;
  }
  return last[to.length] ?? 0;
}

/** The one candidate that begins as a word does (`outputs`, `outs`), or null: for short lists of known keys. */
export function sameBeginning(word: string, candidates: readonly string[]): string | null {
  const [only, ...others] = candidates.filter((candidate) => candidate.slice(0, 3) === word.slice(0, 3));
  return only !== undefined && others.length === 0 ? only : null;
}

/** A hint for an unknown word: the nearest known one or, failing that, all of them when they are few. */
export function suggestion(word: string, candidates: readonly string[]): string | undefined {
  const best = closest(word, candidates);
  if (best !== null) return `did you mean "${best}"?`;
  if (candidates.length === 0) return undefined;
  if (candidates.length <= 24) return `known: ${candidates.join(', ')}`;
  return undefined;
}
