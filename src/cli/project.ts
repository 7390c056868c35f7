import { existsSync } from 'node:fs';
import path from 'node:path';
import { loadParams, type LoadOptions, loadPipeline } from '../engine/graph/load.ts';
import type { MapNode } from '../engine/yaml/node.ts';
import { refuseOutputsHolding } from '../engine/graph/output-places.ts';
import type { ParamsSchema } from '../engine/params/params-schema.ts';
import type { Pipeline } from '../engine/stages/types.ts';
import type { Value } from '../engine/yaml/values.ts';
import { valueAt } from '../engine/yaml/value-at.ts';
import { isAddress, readSettings, settingsFile } from '../engine/settings.ts';
import { TextCopies } from '../engine/store/text-copies.ts';
import type { WorkspaceOptions } from '../engine/store/workspace.ts';
import { type BackendChoice, chooseBackend, type WorkSize } from '../compute/backend-choice.ts';
import { insideOf } from '../base/real-place.ts';
import { UsageError } from './exit-codes.ts';
import { backendChoices } from './options.ts';

/** Options that say which experiment is meant; all commands that read pipeline.yaml have them. */
export interface ProjectOptions {
  readonly params?: readonly string[];
  readonly set?: readonly string[];
  readonly backend?: string;
}

export interface Project {
  readonly pipeline: Pipeline;
  /** Relative to the root. */
  readonly lockFile: string;
  /** Null where params have no key `backend` that means the choice of this experiment. */
  readonly backend: BackendChoice | null;
}

/** The directory of the nearest pipeline.yaml, from the working directory upwards. */
export function findRoot(start = process.cwd()): string {
  for (let directory = path.resolve(start); ; directory = path.dirname(directory)) {
    if (existsSync(path.join(directory, 'pipeline.yaml'))) return directory;
    if (directory === path.dirname(directory)) {
      const advice = existsSync(path.join(start, 'dvc.yaml'))
        ? 'A dvc.yaml is there: call it pipeline.yaml (docs/coming-from.md says what differs).'
        : 'Go to the project first.';
      throw new UsageError(`no pipeline.yaml in ${start} or in any directory above it. ${advice}`);
    }
  }
}

/** Reads pipeline.yaml and params. Throws PipelineError or UsageError. */
export function openProject(root: string, options: ProjectOptions): Project {
  let backend: BackendChoice | null = null;
  const pipeline = loadPipeline(loadOptions(root, options, (choice) => (backend = choice)));
  return { pipeline, lockFile: lockFileOf(pipeline), backend };
}

/** Reads only the merged params; every value knows its place. Throws PipelineError or UsageError. */
export function openParams(root: string, options: ProjectOptions): MapNode {
  return loadParams(loadOptions(root, options));
}

function loadOptions(
  root: string,
  { params, set, backend }: ProjectOptions,
  tell: (choice: BackendChoice | null) => void = () => undefined,
): LoadOptions {
  return {
    root,
    ...(params === undefined ? {} : { profiles: params }),
    ...(set === undefined ? {} : { set }),
    copies: new TextCopies(root),
    resolveParams(merged, schemas) {
      const choice = choosesBackend(schemas) ? decideBackend(merged, backend, root) : null;
      if (choice === null && backend !== undefined) throw noBackend(merged);
      tell(choice);
      return choice === null ? {} : { backend: choice.backend };
    },
  };
}

/** How this machine keeps contents. With `pull`, what is missing here comes from the remote, which must be set. */
export function cacheOptions(root: string, pull = false): WorkspaceOptions {
  const { dir, links } = readSettings(root).cache;
  return { dir, links, pullFrom: pull ? remoteOf(root) : null };
}

/** The shared folder of the settings. Throws UsageError when there is none. */
export function remoteOf(root: string): string {
  const { remote } = readSettings(root).cache;
  if (remote !== null && isAddress(remote)) {
    throw new UsageError(
      `a remote is a folder that is shared or mounted here, and ${remote} is an address: mount it first.`,
    );
  }
  if (remote !== null) return remote;
  throw new UsageError(
    `no remote is set. Name a shared folder as cache.remote in ${settingsFile}, or in PIPELINE_CACHE_REMOTE.`,
  );
}

/**
 * Whether the param `backend` means what this experiment computes with: where the schema that the params files name
 * gives it these choices. In any other project a param of that name belongs to the project, like all others.
 */
function choosesBackend(schemas: readonly ParamsSchema[]): boolean {
  return schemas.some(({ schema }) => {
    const choices = valueAt(schema, 'properties.backend.enum');
    return (
      Array.isArray(choices) &&
      choices.includes('auto') &&
      choices.every((choice) => backendChoices.includes(choice as string))
    );
  });
}

function noBackend(params: { readonly [key: string]: Value }): UsageError {
  return new UsageError(
    Object.hasOwn(params, 'backend')
      ? '--backend is the choice of the GroupGAN experiment. Set the param "backend" of this project with -S backend=NAME'
      : '--backend sets the param "backend", which the params of this project do not have',
  );
}

/** Results depend on the backend, so what enters params, and with them the fingerprints, is never `auto`. */
function decideBackend(
  params: { readonly [key: string]: Value },
  asked: string | undefined,
  root: string,
): BackendChoice | null {
  if (!Object.hasOwn(params, 'backend')) return null;
  const choice = asked ?? params['backend'];
  if (typeof choice !== 'string')
    throw new UsageError(`the param backend must be a name, found ${JSON.stringify(choice)}`);
  try {
    return chooseBackend(choice, root, workSizeOf(params));
  } catch (error) {
    if (error instanceof Error && error.name === 'BackendError') throw new UsageError(error.message);
    throw error;
  }
}

/** How large the networks are, where params say it in this experiment's words. */
function workSizeOf(params: { readonly [key: string]: Value }): WorkSize | null {
  const [size, width] = [valueAt(params, 'data.size'), valueAt(params, 'training.model.width')];
  return typeof size === 'number' && typeof width === 'number' ? { size, width } : null;
}

/**
 * One lock a profile: beside its reports where pipeline.yaml says where those are. Throws UsageError where that is
 * outside the project, PipelineError where an output would take the lock away.
 */
function lockFileOf(pipeline: Pipeline): string {
  const { reports } = pipeline.variables;
  const lockFile = typeof reports === 'string' ? path.posix.join(reports, 'pipeline.lock') : 'pipeline.lock';
  if (insideOf(pipeline.root, path.resolve(pipeline.root, lockFile)) === null) {
    throw new UsageError(
      `the variable "reports" puts the lock file outside the project, at ${lockFile}; name a folder in the project`,
    );
  }
  refuseOutputsHolding(pipeline, [{ path: lockFile, what: 'the lock file' }]);
  return lockFile;
}
