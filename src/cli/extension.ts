import type { Check } from '../engine/doctor/check.ts';
import { loadExtensionName } from '../engine/graph/pipeline-document.ts';
import { TextCopies } from '../engine/store/text-copies.ts';
import { PipelineError } from '../engine/yaml/diagnostics.ts';
import type { Value } from '../engine/yaml/values.ts';
import { findRoot } from './find-root.ts';

/**
 * What one experiment adds to the command line. pipeline.yaml names it (`extension: groupgan`); its code belongs to this
 * package, so that to look at a project runs no code of that project.
 */
export interface Extension {
  /** Options of every command that reads params. */
  readonly options: readonly ParamOption[];
  /** Examples below the options of `--help` in place of the general ones, by the words of the command. */
  readonly examples: { readonly [command: string]: readonly string[] };
  /**
   * Decides what each machine decides for itself.
   *
   * @param params the merged params
   * @throws UsageError
   */
  readonly resolve: (params: Params, root: string) => ResolvedParams;
  /** Checks of `doctor`. */
  readonly checks: (root: string) => Promise<readonly Check[]>;
  readonly reports: ExtensionReports;
}

export type Params = { readonly [key: string]: Value };

/** An option that sets one top-level param: `--NAME CHOICE` is `-S NAME=CHOICE`. */
export interface ParamOption {
  readonly param: string;
  /** One letter. */
  readonly short: string;
  readonly choices: readonly string[];
  /** The choice for which each machine finds another one. */
  readonly automatic: string;
}

export interface ResolvedParams {
  /** What this machine decided, by param: laid over the merged params. Trials of a sweep compare whatever it is. */
  readonly values: Params;
  /** Why, one sentence each; shown when a run starts. */
  readonly notes: readonly string[];
}

/** The reports below `reports/` that follow from what is committed beside them. */
export interface ExtensionReports {
  /** Names below `reports/`. */
  readonly committed: (root: string) => Promise<readonly string[]>;
  /** @throws UsageError when there is no report of this name */
  readonly verify: (root: string, name: string) => Promise<VerifiedReport>;
}

export interface VerifiedReport {
  /** Relative to the root. */
  readonly report: string;
  /** What the report is made from, for programs. */
  readonly counts: { readonly [name: string]: number };
  /** What was found to follow from what, for people. */
  readonly follows: string;
  /** What does not follow, one sentence each. */
  readonly problems: readonly string[];
}

/** The extensions of this package by name, each loaded when a project names it. */
export type Registry = { readonly [name: string]: () => Promise<Extension> };

/** The extensions there are, and the one of the project around the working directory. */
export interface Extensions {
  readonly names: readonly string[];
  readonly own: Extension | null;
  /** Why none could be looked for; commands that read pipeline.yaml report it themselves. */
  readonly unreadable: PipelineError | null;
}

export async function findExtension(registry: Registry): Promise<Extensions> {
  const names = Object.keys(registry);
  try {
    const root = findRoot();
    const name = loadExtensionName({ root, copies: new TextCopies(root) });
    const load = name !== null && Object.hasOwn(registry, name) ? registry[name] : undefined;
    return { names, own: (await load?.()) ?? null, unreadable: null };
  } catch (error) {
    // Not every command needs a project, nor one without mistakes.
    return { names, own: null, unreadable: error instanceof PipelineError ? error : null };
  }
}
