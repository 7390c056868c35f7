import { type Digest, hashBytes } from '../store/digest.ts';

/** Part of every fingerprint: raised when the meaning of one changes, so that old results are not mistaken for new. */
export const fingerprintFormat = 1;

/** Everything that decides what a stage instance produces. Paths are canonical: location variables stay in place. */
export interface FingerprintInputs {
  readonly commands: readonly string[];
  readonly params: Readonly<Record<string, unknown>>;
  /** Canonical path to digest; null when the path does not exist. */
  readonly deps: Readonly<Record<string, Digest | null>>;
  /** Entry file to the digest of its closure. */
  readonly code: Readonly<Record<string, Digest>>;
  readonly outs: readonly string[];
  /** Environment variables that matter, and their values. */
  readonly env: Readonly<Record<string, string | null>>;
  /** Where the commands run; absent for the project's root. */
  readonly wdir?: string;
}

/** The name of a combination of inputs: equal inputs, in whatever order they are written, have equal fingerprints. */
export function fingerprint(inputs: FingerprintInputs): Digest {
  const document = { ...inputs, outs: [...inputs.outs].sort(), format: fingerprintFormat };
  return hashBytes(canonicalJson(document));
}

/** JSON with the keys of every object sorted and no spaces. */
export function canonicalJson(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonicalJson).join(',')}]`;
  if (typeof value === 'object' && value !== null) {
    const fields = Object.entries(value)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([key, inner]) => `${JSON.stringify(key)}:${canonicalJson(inner)}`);
    return `{${fields.join(',')}}`;
  }
  // Not finite numbers, which YAML knows and JSON does not.
  if (typeof value === 'number' && !Number.isFinite(value)) return `{"number":"${value}"}`;
  return JSON.stringify(value);
}
