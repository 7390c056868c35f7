import { ArtifactError } from '../files/artifact-error.ts';
import type { Pipeline, StageInstance } from '../stages/types.ts';
import type { Workspace } from '../store/workspace.ts';
import type { CodeReader } from './code/code-closure.ts';
import { describeNote as describeInputNote, type InputNote, inputNotes } from './input-notes.ts';

/** Something that seems to matter to a stage and does not. */
export interface EffectNote {
  readonly stage: string;
  /**
   * `overridden`: it depends on params files, which do not have the values of this run. `uncounted`: it depends on
   * directories that stages make, of which no file counts.
   */
  readonly type: 'overridden' | 'uncounted';
  /** Relative to the root, in the order of their names. */
  readonly files: readonly string[];
  /** The keys whose values the stage does not get; none in an `uncounted` note. */
  readonly keys: readonly string[];
}

export type Note = InputNote | EffectNote;

/** All that is to be noted of some instances of a pipeline that was planned. */
export async function allNotes(
  pipeline: Pipeline,
  instances: readonly StageInstance[],
  { code, workspace }: { readonly code: CodeReader; readonly workspace: Workspace },
): Promise<Note[]> {
  return [
    ...(await inputNotes(instances, code)),
    ...overrideNotes(pipeline, instances),
    ...(await uncountedNotes(pipeline, instances, workspace)),
  ];
}

/** Notes on values of a profile or `-S` that do not reach a stage although it depends on their file, one for each stage. */
export function overrideNotes(
  { unseenOverrides }: Pick<Pipeline, 'unseenOverrides'>,
  instances: Iterable<StageInstance>,
): EffectNote[] {
  const found = new Map<string, EffectNote>();
  for (const { name, stage } of instances) {
    const unseen = unseenOverrides?.get(name) ?? [];
    if (unseen.length === 0 || found.has(stage)) continue;
    const files = [...new Set(unseen.flatMap(({ inFileAt }) => inFileAt?.file ?? []))].sort();
    found.set(stage, { stage, type: 'overridden', files, keys: unseen.map(({ key }) => key) });
  }
  return [...found.values()];
}

/**
 * Notes on directories that a stage makes and another depends on, where the ignore rules leave out every file: whatever the
 * one makes of them, the other stays as it is. One for each stage that reads such directories.
 */
async function uncountedNotes(
  { instances }: Pick<Pipeline, 'instances'>,
  readers: Iterable<StageInstance>,
  workspace: Workspace,
): Promise<EffectNote[]> {
  const outs = new Set([...instances.values()].flatMap(({ outs: own }) => own.map(({ path }) => path)));
  const found = new Map<string, Set<string>>();
  for (const { stage, deps } of readers) {
    for (const { path: dep } of deps) {
      if (!outs.has(dep) || !(await isUncounted(dep, workspace))) continue;
      found.set(stage, (found.get(stage) ?? new Set()).add(dep));
    }
  }
  return Array.from(found, ([stage, files]) => ({ stage, type: 'uncounted', files: [...files].sort(), keys: [] }));
}

async function isUncounted(directory: string, workspace: Workspace): Promise<boolean> {
  try {
    const whole = await workspace.digestWhole(directory);
    if ((whole?.files ?? 0) === 0) return false;
    return ((await workspace.digest(directory))?.files ?? 0) === 0;
  } catch (error) {
    // The plan says what cannot be read.
    if (error instanceof ArtifactError) return false;
    throw error;
  }
}

/** The note in words, without a full stop: what was found, and what to do. */
export function describeNote(note: Note): { readonly found: string; readonly advice: string } {
  const { stage } = note;
  switch (note.type) {
    case 'untracked':
    case 'unfollowed':
      return describeInputNote(note);
    case 'overridden': {
      const one = note.keys.length === 1;
      return {
        found:
          `${stage}: it depends on ${listed(note.files)}, where ${listed(note.keys)} ${one ? 'has' : 'have'} another ` +
          'value than in this run, which it does not see',
        advice: `name ${one ? 'the key' : 'the keys'} in the stage's params`,
      };
    }
    case 'uncounted':
      return {
        found: `${stage}: it depends on ${listed(note.files)}, of which no file counts (.pipelineignore): what stages make there runs nothing`,
        advice: 'take the files back with a line "!PATTERN" in .pipelineignore, or name them in the deps',
      };
  }
}

function listed(names: readonly string[]): string {
  return names.slice(0, 3).join(', ') + (names.length > 3 ? ` and ${names.length - 3} more` : '');
}
