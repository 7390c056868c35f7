import path from 'node:path';
import { loadParams, type LoadOptions, loadPipeline } from '../engine/graph/load.ts';
import type { MapNode } from '../engine/yaml/node.ts';
import { refuseOutputsHolding } from '../engine/graph/output-places.ts';
import type { Pipeline } from '../engine/stages/types.ts';
import { isAddress, readSettings, settingsFile } from '../engine/settings.ts';
import { TextCopies } from '../engine/store/text-copies.ts';
import type { WorkspaceOptions } from '../engine/store/workspace.ts';
import { insideOf } from '../base/real-place.ts';
import { UsageError } from './exit-codes.ts';
import type { Extensions, ResolvedParams } from './extension.ts';

/** Options that say which experiment is meant; all commands that read pipeline.yaml have them. */
export interface ProjectOptions {
  readonly params?: readonly string[];
  readonly set?: readonly string[];
  /** Default: any name is taken, and adds nothing. */
  readonly extensions?: Extensions;
}

export interface Project {
  readonly pipeline: Pipeline;
  /** Relative to the root. */
  readonly lockFile: string;
  /** What the extension of the project decided for this machine. */
  readonly resolved: ResolvedParams;
}

/** Reads pipeline.yaml and params. Throws PipelineError or UsageError. */
export function openProject(root: string, options: ProjectOptions): Project {
  let resolved: ResolvedParams = { values: {}, notes: [] };
  const pipeline = loadPipeline(loadOptions(root, options, (decided) => (resolved = decided)));
  return { pipeline, lockFile: lockFileOf(pipeline), resolved };
}

/** Reads only the merged params; every value knows its place. Throws PipelineError or UsageError. */
export function openParams(root: string, options: ProjectOptions): MapNode {
  return loadParams(loadOptions(root, options));
}

function loadOptions(
  root: string,
  { params, set, extensions }: ProjectOptions,
  onResolved: (resolved: ResolvedParams) => void = () => undefined,
): LoadOptions {
  const extension = extensions?.own ?? null;
  return {
    root,
    ...(params === undefined ? {} : { profiles: params }),
    ...(set === undefined ? {} : { set }),
    ...(extensions === undefined ? {} : { extensions: extensions.names }),
    copies: new TextCopies(root),
    ...(extension === null
      ? {}
      : {
          resolveParams(merged) {
            const resolved = extension.resolve(merged, root);
            onResolved(resolved);
            // A value that stays keeps its place in the file.
            return Object.fromEntries(Object.entries(resolved.values).filter(([key, value]) => merged[key] !== value));
          },
        }),
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
