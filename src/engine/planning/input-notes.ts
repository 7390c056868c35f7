import path from 'node:path';
import type { StageInstance } from '../stages/types.ts';
import { CodeError, type CodeReader } from './code/code-closure.ts';
import { filesOfCommand } from './code/command-programs.ts';
import { closuresOf, isInDeps, placeOf } from './code/stage-code.ts';

/** Something that a stage seems to read and that no fingerprint holds: a change of it would run nothing. */
export interface InputNote {
  readonly stage: string;
  /** `untracked`: its command names the files. `unfollowed`: its program does, in a language whose imports nobody follows. */
  readonly type: 'untracked' | 'unfollowed';
  /** The program that names the files; null where the command does. */
  readonly program: string | null;
  /** Relative to the root, in the order of their names. */
  readonly files: readonly string[];
}

/** Notes on these instances, one for each stage and cause: instances of a matrix mostly share theirs. */
export async function inputNotes(instances: Iterable<StageInstance>, code: CodeReader): Promise<InputNote[]> {
  const all = [...instances];
  const paramsFiles = new Set(all.flatMap(({ params }) => params.flatMap(({ at }) => at?.file ?? [])));
  const found = new Map<string, { stage: string; program: string | null; files: Set<string> }>();
  const add = (stage: string, program: string | null, file: string): void => {
    const key = `${stage}\n${program ?? ''}`;
    const note = found.get(key) ?? { stage, program, files: new Set<string>() };
    found.set(key, note);
    note.files.add(file);
  };
  for (const instance of all) {
    const known = await codeFiles(instance, code);
    if (known === null) continue;
    const isTracked = (file: string): boolean =>
      known.has(file) || isInDeps(file, instance) || !code.isCode(file) || isParamsFile(file, instance, paramsFiles);
    for (const file of namedBy(instance, code)) if (!isTracked(file)) add(instance.stage, null, file);
    for (const program of known) {
      for (const file of await unfollowedBy(program, instance, code)) {
        if (!isTracked(file)) add(instance.stage, program, file);
      }
    }
  }
  return Array.from(found.values(), ({ stage, program, files }) => ({
    stage,
    type: program === null ? 'untracked' : 'unfollowed',
    program,
    files: [...files].sort(),
  }));
}

/** The note in words, without a full stop: what was found, and what to do. */
export function describeNote({ stage, program, files }: InputNote): {
  readonly found: string;
  readonly advice: string;
} {
  const shown = files.slice(0, 3).join(', ') + (files.length > 3 ? ` and ${files.length - 3} more` : '');
  const it = files.length === 1 ? 'it' : 'them';
  if (program !== null) {
    return {
      found: `${stage}: ${program} runs ${shown}, which is not followed: a change of ${it} runs nothing`,
      advice: `name ${it} in the stage's deps or code`,
    };
  }
  return {
    found: `${stage}: its command names ${shown}, which nobody tracks: a change of ${it} runs nothing`,
    advice: `name what the stage reads in its deps, a program in code, and what it writes in outs`,
  };
}

/** Files whose code counts for the instance; null when they cannot be read, which is told elsewhere. */
async function codeFiles(instance: StageInstance, code: CodeReader): Promise<ReadonlySet<string> | null> {
  try {
    const closures = [...(await closuresOf(instance, code, { covered: true })).values()];
    return new Set(closures.flatMap(({ parts }) => [...parts.keys()].filter((name) => code.hasFile(name))));
  } catch (error) {
    if (error instanceof CodeError) return null;
    throw error;
  }
}

function namedBy({ commands, wdir = '.' }: StageInstance, code: CodeReader): string[] {
  const place = placeOf(wdir, code);
  return commands.flatMap((command) => {
    const { programs, others } = filesOfCommand(command, place);
    return [...programs.map(({ file }) => file), ...others];
  });
}

async function unfollowedBy(program: string, { wdir = '.' }: StageInstance, code: CodeReader): Promise<string[]> {
  const named = await code.unfollowed(program);
  return named.flatMap((text) => {
    const places = [path.posix.dirname(program), wdir].map((from) => path.posix.join(from, text));
    const endings = places.flatMap((place) => [place, `${place}.rb`]);
    return endings.find((file) => !file.startsWith('../') && code.hasFile(file)) ?? [];
  });
}

/** A file of params counts by the keys that the stage names, if it names any. */
function isParamsFile(file: string, { params }: StageInstance, files: ReadonlySet<string>): boolean {
  return params.some(({ key }) => key.startsWith(`${file}:`)) || (params.length > 0 && files.has(file));
}
