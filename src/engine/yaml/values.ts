/** A range in a file that a person wrote. Lines and columns count from 1; the end is exclusive and on the same line. */
export interface Position {
  /** Relative to the project's root, with forward slashes. */
  readonly file: string;
  readonly line: number;
  readonly column: number;
  readonly endColumn: number;
}

/** Anything YAML can say. */
export type Value = string | number | boolean | null | readonly Value[] | { readonly [key: string]: Value };
