import type { Glob } from '../paths/glob.ts';
import type { Position, Value } from '../yaml/values.ts';

/** A name as the user types it: `prepare`, or `train@AlexNet-cnn-0` for one instance of a matrix. */
export type InstanceName = string & { readonly __brand: 'InstanceName' };

/** A value of params that a stage names, and where it came from. */
export interface ParamUse {
  /**
   * Dotted path, for example `train.learningRates.generator`. It may name a whole subtree. Of a file that is not part of
   * the merged document it begins with the file's name, as in `setup.json:train.seed`.
   */
  readonly key: string;
  /** The key inside such a file; absent for one of the merged document. */
  readonly keyInFile?: string;
  readonly value: Value;
  /** The file and place, or null when it came from the command line (`-S`, `--backend`). */
  readonly at: Position | null;
}

/**
 * A param that a stage names, whose value a profile or `-S` set to another than its params file has, and which its
 * commands do not carry: a program that opens the file would find the other value.
 */
export interface HiddenParam {
  /** Dotted. */
  readonly key: string;
  readonly value: Value;
  /** In the params files of `vars`; undefined where those have no such key. */
  readonly inFile: Value | undefined;
  readonly inFileAt: Position | null;
  /** Where the stage names it, or the map that holds it. */
  readonly namedAt: Position | null;
}

export interface Dependency {
  /** Relative to the project's root, with forward slashes; a file or a directory. */
  readonly path: string;
  /** The path with location variables (`${run}`, `${reports}`) left in place: what enters the fingerprint. */
  readonly canonical: string;
  /** Where links on the disk make it lie, as a project path; absent where it lies where the path says. */
  readonly place?: string;
  /** The stage's own outputs below it: they are never among its inputs. Absent where there are none. */
  readonly without?: readonly string[];
  readonly at: Position;
  /** The template in pipeline.yaml that brought it, where it is written elsewhere. */
  readonly by?: Position;
}

/** A dependency as one instance gives it: a path, or a pattern whose files are still to be found. */
export type NamedDependency =
  | ({ readonly kind: 'path' } & Dependency)
  | {
      readonly kind: 'pattern';
      readonly glob: Glob;
      /** What the text means if it is no pattern: a file may well be called `a[1].txt`. */
      readonly literal: Dependency;
      readonly at: Position;
    }
  | { readonly kind: 'except'; readonly glob: Glob; readonly at: Position };

export interface Output {
  readonly path: string;
  readonly canonical: string;
  /** Where links on the disk make it lie, as a project path; absent where it lies where the path says. */
  readonly place?: string;
  readonly kind: 'out' | 'metric' | 'plot';
  /** False: hashed and recorded, and git keeps it. What the store then has, `isKept` says. */
  readonly cache: boolean;
  /** True: not removed before the stage runs. */
  readonly persist: boolean;
  readonly at: Position;
}

/** What an instance occupies while it runs (`meta.resources`). None of it enters the fingerprint. */
export interface Resources {
  /** Cores that the instance keeps busy; 1 unless `meta.resources.cpus` says otherwise. */
  readonly cpus: number;
  /** GPUs that the instance has to itself; 0 unless it asks for some. */
  readonly gpus: number;
  /** Bytes; 0 when nothing is said. */
  readonly memory: number;
  /** Places in named pools of the project's own, such as licences. */
  readonly pools: { readonly [name: string]: number };
}

/** One stage, or one instance of a matrix, with every `${...}` resolved. */
export interface StageInstance {
  readonly name: InstanceName;
  /** The name before `@`. */
  readonly stage: string;
  /** The matrix values of this instance, or null for a plain stage. */
  readonly item: { readonly [dimension: string]: Value } | null;
  readonly desc: string | null;
  readonly commands: readonly string[];
  /** The commands with location variables left in place: what enters the fingerprint. */
  readonly canonicalCommands: readonly string[];
  /** Directory the commands run in, relative to the project's root; absent: the root itself. */
  readonly wdir?: string;
  /** The same with location variables left in place: part of the fingerprint where present. */
  readonly canonicalWdir?: string;
  readonly deps: readonly Dependency[];
  /** By name the dependencies that have one; absent where none has. Two names may mean one path. */
  readonly depNames?: ReadonlyMap<string, readonly Pick<Dependency, 'path' | 'canonical'>[]>;
  /** The paths that patterns in `deps` mean by what is on disk now; absent where there are no patterns. */
  readonly matchAgain?: () => readonly string[];
  readonly params: readonly ParamUse[];
  /** Entry files whose import closure enters the fingerprint. */
  readonly code: readonly { readonly path: string; readonly at: Position }[];
  /** Names of environment variables whose values enter the fingerprint, each once, in the order of pipeline.yaml. */
  readonly env: readonly string[];
  readonly outs: readonly Output[];
  readonly frozen: boolean;
  readonly alwaysChanged: boolean;
  /** True (`meta.warm: true`): `tsx FILE ARGS` may run in a warm stage host instead of a process of its own. */
  readonly warm: boolean;
  /** Present (`meta.only_if_needed`): no part of a run unless named, or what is part of it depends on its outputs. */
  readonly onlyIfNeeded?: true;
  readonly resources: Resources;
  /** Where the stage stands in pipeline.yaml. */
  readonly at: Position;
}

/** pipeline.yaml and params, validated, templated, expanded and connected. */
export interface Pipeline {
  /** Absolute path of the directory that holds pipeline.yaml. */
  readonly root: string;
  /** The merged params document: base, profile, command line. */
  readonly params: { readonly [key: string]: Value };
  /** The values at some keys as the text of a params file, in JSON, with numbers in the form in which they are written. */
  readonly paramsText?: (keys: readonly string[]) => string;
  /** By instance the params that a program which opens its params file would find with another value. */
  readonly hiddenParams?: ReadonlyMap<InstanceName, readonly HiddenParam[]>;
  /** By instance the values of a profile or `-S` that it does not get, though it depends on the params file of theirs. */
  readonly unseenOverrides?: ReadonlyMap<InstanceName, readonly HiddenParam[]>;
  /** Values of the variables declared inline in pipeline.yaml, resolved: `run`, `reports`, ... */
  readonly variables: { readonly [name: string]: Value };
  /** Stages (`train`), and keys of a foreach (`train@faces`), without any instance, because params give one of their lists as empty. */
  readonly switchedOff: readonly string[];
  /** In topological order; ties in the order of pipeline.yaml and of the matrix. */
  readonly instances: ReadonlyMap<InstanceName, StageInstance>;
  /** Instance to the instances whose outputs it depends on. */
  readonly upstream: ReadonlyMap<InstanceName, readonly InstanceName[]>;
  /** Instance to the instances that depend on its outputs. */
  readonly downstream: ReadonlyMap<InstanceName, readonly InstanceName[]>;
}
