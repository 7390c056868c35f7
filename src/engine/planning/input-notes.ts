import path from 'node:path';
import type { StageInstance } from '../stages/types.ts';
import { CodeError, type CodeReader } from './code/code-closure.ts';
import type { Doubt } from './code/command-files.ts';
import { filesOfCommand, filesOfScript } from './code/command-programs.ts';
import { closuresOf, isInDeps, placeOf } from './code/stage-code.ts';

/** Something that a stage seems to read and that no fingerprint holds: a change of it would run nothing. */
export interface InputNote {
  readonly stage: string;
  /** `untracked`: its command names the files. `unfollowed`: what runs, or what a program brings in, is not followed. */
  readonly type: 'untracked' | 'unfollowed';
  /** The program that names the files, or the script with the commands; null where the stage's command does. */
  readonly program: string | null;
  /** Relative to the root, in the order of their names. */
  readonly files: readonly string[];
  /** Commands, as they are written, of which the text does not tell which files they run. */
  readonly commands: readonly string[];
}

/** Notes on these instances, one for each stage and cause: instances of a matrix mostly share theirs. */
export async function inputNotes(instances: Iterable<StageInstance>, code: CodeReader): Promise<InputNote[]> {
  const all = [...instances];
  const paramsFiles = new Set(all.flatMap(({ params }) => params.flatMap(({ at }) => at?.file ?? [])));
  const notes = new Notes();
  for (const instance of all) {
    const known = await codeFiles(instance, code);
    if (known === null) continue;
    const isTracked = (file: string): boolean =>
      known.has(file) || isInDeps(file, instance) || !code.isCode(file) || isParamsFile(file, instance, paramsFiles);
    const named = namedBy(instance, code);
    for (const file of named.files) if (!isTracked(file)) notes.add(instance.stage, 'untracked', null).files.add(file);
    for (const doubt of named.doubts) {
      if (isSettled(doubt, instance, code)) continue;
      notes.add(instance.stage, 'unfollowed', doubt.script).commands.add(doubt.text);
    }
    for (const program of known) {
      const { files, calls } = await unfollowedBy(program, instance, code);
      for (const file of files) if (!isTracked(file)) notes.add(instance.stage, 'unfollowed', program).files.add(file);
      for (const text of calls) {
        if (!isSettled({ script: program, text, names: [] }, instance, code))
          notes.add(instance.stage, 'unfollowed', program).commands.add(text);
      }
    }
  }
  return notes.all();
}

interface OpenNote extends Pick<InputNote, 'stage' | 'type' | 'program'> {
  readonly files: Set<string>;
  readonly commands: Set<string>;
}

class Notes {
  readonly #found = new Map<string, OpenNote>();

  /** The note of a stage and cause, to which more may be added. */
  add(stage: string, type: InputNote['type'], program: string | null): OpenNote {
    const key = [stage, type, program ?? ''].join('\n');
    const note = this.#found.get(key) ?? { stage, type, program, files: new Set(), commands: new Set() };
    this.#found.set(key, note);
    return note;
  }

  all(): InputNote[] {
    return Array.from(this.#found.values(), (note) => ({
      ...note,
      files: [...note.files].sort(),
      commands: [...note.commands].sort(),
    }));
  }
}

/** The note in words, without a full stop: what was found, and what to do. */
export function describeNote({ stage, type, program, files, commands }: InputNote): {
  readonly found: string;
  readonly advice: string;
} {
  const one = files.length + commands.length === 1;
  if (type === 'unfollowed') {
    const shown = shorten([...files, ...commands.map((command) => `"${command}"`)]);
    const is = one ? 'is' : 'are';
    return {
      found:
        commands.length === 0
          ? `${stage}: ${program ?? 'its command'} runs ${shown}, which ${is} not followed: a change of ${one ? 'it' : 'them'} runs nothing`
          : `${stage}: what ${program ?? 'its command'} runs by ${shown} is not followed: a change of it runs nothing`,
      advice: `name ${one || commands.length > 0 ? 'it' : 'them'} in the stage's deps or code`,
    };
  }
  return {
    found: `${stage}: its command names ${shorten(files)}, which nobody tracks: a change of ${one ? 'it' : 'them'} runs nothing`,
    advice: `name what the stage reads in its deps, a program in code, and what it writes in outs`,
  };
}

function shorten(texts: readonly string[]): string {
  return texts.slice(0, 3).join(', ') + (texts.length > 3 ? ` and ${texts.length - 3} more` : '');
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

function namedBy(
  { commands, wdir = '.', code: entries }: StageInstance,
  code: CodeReader,
): { readonly files: readonly string[]; readonly doubts: readonly Doubt[] } {
  const place = placeOf(wdir, code);
  const named = commands.map((command) => filesOfCommand(command, place));
  const files = named.flatMap(({ programs, others }) => [...programs.map(({ file }) => file), ...others]);
  // Who says what the code is answers for what the command runs.
  const texts = entries.length > 0 ? entries.map(({ path: entry }) => filesOfScript(entry, place)) : named;
  return { files, doubts: texts.flatMap(({ doubts }) => doubts) };
}

const program = /\.(?:pyw?|sh|bash|zsh|fish|[rR]|jl|rb|p[lm]|[cm]?[jt]sx?|lua|php|m|ipynb)$/;

/** Whether the stage names, as a dependency or as code, what the doubt may be about. */
function isSettled({ names, script }: Doubt, { deps, code: entries }: StageInstance, code: CodeReader): boolean {
  const named = [...deps, ...entries].map(({ path: file }) => file).filter((file) => file !== script);
  const programs = names.filter((name) => program.test(name));
  if (programs.length === 0) return named.some((file) => program.test(file) || code.holds(file, program));
  const tracked = new Set(named.map((file) => path.posix.basename(file)));
  return programs.some(
    (name) => tracked.has(name) || deps.some(({ path: folder }) => code.hasFile(path.posix.join(folder, name))),
  );
}

async function unfollowedBy(
  program: string,
  { wdir = '.' }: StageInstance,
  code: CodeReader,
): Promise<{ readonly files: readonly string[]; readonly calls: readonly string[] }> {
  const { files, calls } = await code.unfollowed(program);
  const found = files.flatMap((text) => {
    const places = [path.posix.dirname(program), wdir].map((from) => path.posix.join(from, text));
    const endings = places.flatMap((place) => [place, `${place}.rb`]);
    return endings.find((file) => !file.startsWith('../') && code.hasFile(file)) ?? [];
  });
  return { files: found, calls };
}

/** A file of params counts by the keys that the stage names, if it names any. */
function isParamsFile(file: string, { params }: StageInstance, files: ReadonlySet<string>): boolean {
  return params.some(({ key }) => key.startsWith(`${file}:`)) || (params.length > 0 && files.has(file));
}
