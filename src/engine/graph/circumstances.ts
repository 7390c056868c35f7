import type { DiagnosticList, RelatedPlace } from '../yaml/diagnostics.ts';
import type { OwnFile } from './output-places.ts';
import type { Scope } from '../templates/scope.ts';
import type { Position } from '../yaml/values.ts';

/** What connecting instances needs to know of the world around them. */
export interface Circumstances {
  /** Absolute path of the directory of pipeline.yaml. */
  readonly root: string;
  /** Whether a path (relative to the root, or absolute) is there. */
  readonly exists: (path: string) => boolean;
  /** What keeps a path from being a code file; null when it is one. */
  readonly codeProblem: (path: string) => { readonly what: string; readonly hint?: { readonly hint: string } } | null;
  /** False when some stage could not be read: then a dep that nobody makes may be the consequence. */
  readonly complete: boolean;
  /** Stages, and keys of a foreach, without any instance: to depend on all of none is no mistake. See `Pipeline`. */
  readonly switchedOff: readonly string[];
  /** What no output may be or hold: pipeline.yaml and the params files. */
  readonly ownFiles: readonly OwnFile[];
  readonly diagnostics: DiagnosticList;
  /** Where the values in a dependency's path were set, by the place of the dependency. */
  readonly originsAt: (at: Position, scope: Scope) => Origins;
}

export interface Origins {
  /** In params and variables, the same for every instance. */
  readonly shared: readonly RelatedPlace[];
  /** In the item of this instance. */
  readonly own: readonly RelatedPlace[];
}
