import path from 'node:path';
import { isOutside } from '../../paths/paths.ts';
import type { Pipeline, StageInstance } from '../../stages/types.ts';
import type { CodeClosure, CodeReader } from './code-closure.ts';
import { type CommandPlace, environmentFolders, type Program } from './command-files.ts';
import { filesOfScript, filesOfCommand } from './command-programs.ts';
import { codeOfCommand } from './command-words.ts';

/** Folders in which a project that is installed as a package keeps its modules. */
const sourceFolders = ['.', 'src'];
/** Files that make a folder a Python package that can be installed. */
const pythonProjects = ['pyproject.toml', 'setup.py', 'setup.cfg'];

/**
 * The closures of the stage's entry files: those that pipeline.yaml names, else those that its commands name.
 *
 * @param covered true: also of programs that, with all that they import, are dependencies of the stage
 */
export async function closuresOf(
  instance: StageInstance,
  code: CodeReader,
  { covered = false }: { readonly covered?: boolean } = {},
): Promise<Map<string, CodeClosure>> {
  const closures = new Map<string, CodeClosure>();
  const { wdir = '.' } = instance;
  const add = async (programs: readonly Program[]): Promise<void> => {
    for (const { file, searchPath: own, language, directory } of programs) {
      if (closures.has(file) || !code.isCode(file)) continue;
      const closure = await code.closure(file, searchPath(own, code), language, directory);
      // A program that is a dependency, with all that it imports, counts already.
      if (covered || !isCovered(closure, instance)) closures.set(file, closure);
      await add(startedBy(file, closure, wdir, code));
    }
  };
  const addEntry = async (entry: string, own?: readonly string[]): Promise<void> => {
    const closure = await code.closure(entry, own, null, wdir);
    closures.set(entry, closure);
    await add(startedBy(entry, closure, wdir, code));
  };
  if (instance.code.length > 0) {
    for (const { path: entry } of instance.code) {
      const from = code.folderOf(entry);
      const around = environmentFolders(placeOf(wdir, code));
      await addEntry(entry, searchPath([from, wdir, ...around], code));
    }
    for (const { path: entry } of instance.code) await add(filesOfScript(entry, placeOf(wdir, code)).programs);
    return closures;
  }
  for (const command of instance.commands) {
    const first = codeOfCommand(
      command,
      (file) => !path.posix.isAbsolute(file) && code.isCode(path.posix.join(wdir, file)),
    );
    if (first !== null) {
      // It counts even where it is a dependency as well.
      const entry = path.posix.join(wdir, first.file);
      await addEntry(entry);
      if (first.plain) continue;
    }
    await add(filesOfCommand(command, placeOf(wdir, code)).programs);
  }
  return closures;
}

/** Files that a program starts by their names, from the working directory or, where it has changed that, its own folder. */
function startedBy(file: string, { starts }: CodeClosure, wdir: string, code: CodeReader): Program[] {
  const names = starts.flatMap((name) => {
    const places = [wdir, path.posix.dirname(file)].map((from) => path.posix.join(from, name));
    return places.find((place) => place !== file && code.isCode(place)) ?? [];
  });
  const programs = names.map((name): Program => {
    const language = path.posix.extname(name) === '' ? 'javascript' : null;
    return { file: name, searchPath: [code.folderOf(name)], language, directory: wdir };
  });
  return [...programs, ...names.flatMap((name) => filesOfScript(name, placeOf(wdir, code)).programs)];
}

/** Where a command of a stage starts, and what it would find there. */
export function placeOf(wdir: string, code: CodeReader): CommandPlace {
  const isFile = (file: string): boolean => code.hasFile(file);
  return {
    root: code.root,
    wdir,
    isFile,
    folderOf: (file) => code.folderOf(file),
    readScript: (file, isSure) => code.script(file, isSure),
    pythonPath: code.pythonPath,
    known: code.commands,
  };
}

/** A package that is installed in place is found whatever program imports it. */
function searchPath(own: readonly string[], code: CodeReader): readonly string[] {
  const isInstallable = pythonProjects.some((file) => code.hasFile(file));
  return [...new Set(isInstallable ? [...own, ...sourceFolders] : own)];
}

/** Whether every file of the closure is, or lies in, a dependency of the stage. */
export function isCovered({ parts }: CodeClosure, instance: StageInstance): boolean {
  return [...parts].every(([name, state]) => {
    // Packages with versions, unlike what is missing, are inputs of their own.
    if (state === 'missing') return true;
    return !name.startsWith('package ') && isInDeps(name, instance);
  });
}

/** Whether a file is, or lies in, a dependency of the stage. */
export function isInDeps(file: string, { deps }: StageInstance): boolean {
  return deps.some(({ path: dep }) => dep === file || (dep === '.' ? !isOutside(file) : file.startsWith(`${dep}/`)));
}

/** Tells whether a path is an output of some stage, or lies in one. */
export function madeBy({ instances }: Pipeline): (file: string) => boolean {
  let outs: Set<string> | null = null;
  return (file) => {
    outs ??= new Set(
      [...instances.values()].flatMap((instance) =>
        instance.outs.flatMap(({ path: out, place = out }) => [out, place]),
      ),
    );
    for (let end = file.length; end > 0; end = file.lastIndexOf('/', end - 1)) {
      if (outs.has(file.slice(0, end))) return true;
    }
    return false;
  };
}
