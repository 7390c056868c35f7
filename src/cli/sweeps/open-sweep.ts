import { existsSync } from 'node:fs';
import path from 'node:path';
import { selectInstances } from '../../engine/graph/select.ts';
import type { InstanceName, Pipeline } from '../../engine/stages/types.ts';
import { type Draw, drawsFrom } from '../../engine/sweeps/random.ts';
import { settings } from '../../engine/sweeps/run-trial.ts';
import { gridSize } from '../../engine/sweeps/space.ts';
import { readSweep, type Sweep } from '../../engine/sweeps/sweep-file.ts';
import { TrialStore } from '../../engine/sweeps/trial-store.ts';
import { requireOwnOutputs, varyingInstances } from '../../engine/sweeps/varying.ts';
import { UsageError } from '../exit-codes.ts';
import type { ResolvedParams } from '../extension.ts';
import { findRoot } from '../find-root.ts';
import { openProject, type Project, type ProjectOptions } from '../project.ts';

/** A sweep with the project it runs in. */
export interface OpenSweep {
  readonly root: string;
  readonly sweep: Sweep;
  readonly store: TrialStore;
  readonly draw: Draw;
  /** The project with what all trials share, and no trial's values. */
  readonly base: Pipeline;
  readonly selection: readonly InstanceName[];
  /** Instances that differ from trial to trial. */
  readonly varying: ReadonlySet<InstanceName>;
  readonly openTrial: (settings: readonly string[]) => Project;
  /** The project as it is without any profile. */
  readonly openDefaults: () => Project;
}

/** Options of every command that reads a sweep; `set` holds what those of an extension set. */
export type SweepOptions = Pick<ProjectOptions, 'set' | 'extensions'>;

/** Reads a sweep file, checks it against params and pipeline, and finds its state. */
export function openSweep(file: string, { set: given = [], extensions }: SweepOptions): OpenSweep {
  const root = findRoot();
  const { sweep, checkAgainst } = readSweep(root, existsSync(file) ? path.resolve(file) : file);
  const used = extensions === undefined ? {} : { extensions };
  const openTrial = (set: readonly string[]): Project =>
    openProject(root, {
      ...(sweep.params === null ? {} : { params: sweep.params }),
      set: [...set, ...given],
      ...used,
    });
  const { pipeline: base, resolved } = openTrial(settings(sweep.set, sweep.write));
  checkAgainst(base.params);
  const selection = selectInstances(base, sweep.stages);
  const varying = varyingInstances(base, selection, sweep);
  requireOwnOutputs(base, varying);
  const { seed } = base.params;
  return {
    root,
    sweep,
    // Trials compare whatever each machine decides for itself.
    store: new TrialStore(root, sweep, { ...base.params, ...undecided(resolved) }),
    draw: drawsFrom(sweep.seed ?? (typeof seed === 'number' ? seed : 0)),
    base,
    selection,
    varying,
    openTrial,
    openDefaults: () => openProject(root, { params: [], ...used }),
  };
}

/** Nobody runs more, and each of them is a line of a plan and a folder of a report. */
const maxTrials = 100_000;

/** Trials that the sweep is to have: what the command line says, else its cap or its grid. */
export function countOf(sweep: Sweep, asked: number | undefined): number {
  const size = sweep.method === 'grid' ? gridSize(sweep.space) : Infinity;
  const count = Math.min(size, asked ?? sweep.runCap ?? Infinity);
  if (count > maxTrials && count < Infinity) {
    throw new UsageError(
      `${count} trials are asked of ${sweep.file}; a sweep has at most ${maxTrials}. Ask for fewer with --count N or run_cap.`,
    );
  }
  if (count !== Infinity) return count;
  throw new UsageError(`a ${sweep.method} sweep has no end: add run_cap to ${sweep.file}, or --count N`);
}

function undecided({ values }: ResolvedParams): { readonly [key: string]: null } {
  return Object.fromEntries(Object.keys(values).map((key) => [key, null]));
}
