const units: { readonly [unit: string]: number } = {
  '': 1,
  k: 1e3,
  m: 1e6,
  g: 1e9,
  t: 1e12,
  ki: 2 ** 10,
  mi: 2 ** 20,
  gi: 2 ** 30,
  ti: 2 ** 40,
};

/** What a size may look like, for messages. */
export const bytesExamples = '"8GB", "512MiB" or a number of bytes';

/**
 * Bytes of a size as people write it: `8GB` (decimal), `512MiB` (binary), `1.5G`, or a plain number of bytes. Letters in
 * any case. Null when it is none, or not between 0 and 2^53.
 */
export function parseBytes(size: string | number): number | null {
  const match = /^(\d+(?:\.\d+)?)\s*([kmgt]i?)?b?$/.exec(String(size).trim().toLowerCase());
  if (match === null) return null;
  const bytes = Math.round(Number(match[1]) * (units[match[2] ?? ''] ?? 1));
  return Number.isSafeInteger(bytes) ? bytes : null;
}

/** A number of bytes for people, with three digits: `1.23 GB`. */
export function showBytes(bytes: number): string {
  for (const [unit, size] of [
    ['TB', 1e12],
    ['GB', 1e9],
    ['MB', 1e6],
    ['kB', 1e3],
  ] as const) {
    if (bytes >= size) return `${(bytes / size).toPrecision(3)} ${unit}`;
  }
  return `${bytes} bytes`;
}
