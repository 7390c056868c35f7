import { distance } from 'fastest-levenshtein';

/** The candidate that a misspelt word most likely meant, or null when none is near. */
export function closest(word: string, candidates: Iterable<string>): string | null {
  const limit = Math.max(1, Math.floor(word.length * 0.4));
  let best: string | null = null;
  let bestDistance = limit + 1;
  for (const candidate of candidates) {
    if (Math.abs(candidate.length - word.length) >= bestDistance) continue;
    const found = distance(word.toLowerCase(), candidate.toLowerCase());
    if (found < bestDistance) {
      best = candidate;
      bestDistance = found;
    }
  }
  return best;
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
