import { type Digest, hashBytes } from '../store/contents/digest.ts';

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
  /** By name the canonical paths of dependencies that have one: which is which matters. Absent where none has. */
  readonly names?: DepNames;
  /** Where the commands run; absent for the project's root. */
  readonly wdir?: string;
}

/** By name the canonical path of a dependency, or of several. */
export type DepNames = Readonly<Record<string, string | readonly string[]>>;

/** The name of a combination of inputs: equal inputs, in whatever order they are written, have equal fingerprints. */
export function fingerprint(inputs: FingerprintInputs): Digest {
  const document = { ...inputs, outs: [...inputs.outs].sort(), format: fingerprintFormat };
  return hashBytes(canonicalJson(document));
}

// Hundreds of instances share the values of one params file, and each writes them into its fingerprint.
const written = new WeakMap<object, string>();

/** JSON with the keys of every object sorted and no spaces. The value must not change afterwards: its text is kept. */
export function canonicalJson(value: unknown): string {
  if (typeof value === 'object' && value !== null) {
    const known = written.get(value);
    if (known !== undefined) return known;
    const text = Array.isArray(value) ? `[${value.map(canonicalJson).join(',')}]` : canonicalObject(value);
    written.set(value, text);
    return text;
  }
  // Not finite numbers, which YAML knows and JSON does not.
  if (typeof value === 'number' && !Number.isFinite(value)) return `{"number":"${value}"}`;
  return JSON.stringify(value);
}

function canonicalObject(value: object): string {
  const fields = Object.entries(value)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([key, inner]) => `${JSON.stringify(key)}:${canonicalJson(inner)}`);
  return `{${fields.join(',')}}`;
}
