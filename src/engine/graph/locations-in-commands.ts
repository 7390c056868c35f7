import { toCanonicalPath } from '../paths/paths.ts';
import type { Dependency, StageInstance } from '../stages/types.ts';

/**
 * The commands that enter the fingerprint. A location variable stays in place where it is part of a path that the stage
 * reads or writes: then only the place differs from profile to profile. Used in any other way (`--mode ${run}`) its value
 * decides what the command does, and so it counts.
 *
 * @param instance with its dependencies and outputs complete
 */
export function canonicalCommands(instance: StageInstance): readonly string[] {
  const { commands, canonicalCommands: located } = instance;
  if (!located.some((command) => command.includes('${'))) return located;
  const paths = [...instance.deps, ...instance.outs].filter(({ canonical }) => canonical.includes('${'));
  const wdir = instance.canonicalWdir ?? '.';
  return located.map((command, index) => {
    const uses = Array.from(command.matchAll(USE), (match) => match.index);
    if (uses.every((at) => isPath(command, at, paths, wdir))) return command;
    return (commands[index] ?? '').replaceAll('${', '\\${');
  });
}

/** A location variable in canonical text, where any other brace after a dollar is escaped. */
const USE = /(?<!\\)\$\{\w+\}/g;

type Place = Pick<Dependency, 'path' | 'canonical'>;

/** Whether the variable at `at` belongs to one of the paths, to a directory around one, or to something inside one. */
function isPath(command: string, at: number, paths: readonly Place[], wdir: string): boolean {
  const word = wordAt(command, at);
  const path = toCanonicalPath(wdir, word);
  const isBare = /^\$\{\w+\}$/.test(word);
  return paths.some((one) => {
    if (one.canonical === path || path.startsWith(`${one.canonical}/`)) return true;
    const isAround = one.canonical.startsWith(`${path}/`) && (!isBare || isSeveralFolders(one));
    return isAround || standsAt(command, at, below(one.canonical, wdir));
  });
}

/** The variable alone may mean anything when it is one word; `runs/demo` is a place. */
function isSeveralFolders({ path, canonical }: Place): boolean {
  return path.split('/').length > canonical.split('/').length;
}

/** Whether a path stands there as a whole: it may hold spaces, or characters that end a word. */
function standsAt(command: string, at: number, path: string): boolean {
  const [variable = ''] = /\$\{\w+\}/.exec(path) ?? [];
  const start = at - path.indexOf(variable);
  if (variable === '' || start < 0 || !command.startsWith(path, start)) return false;
  const [before, after] = [command.charAt(start - 1), command.charAt(start + path.length)];
  return !/[\w.-]/.test(before) && !/[\w.-]/.test(after);
}

function below(path: string, wdir: string): string {
  return path.startsWith(`${wdir}/`) ? path.slice(wdir.length + 1) : path;
}

/** What the shell may take for one argument, or for the value of one: `--out=${run}/x`. */
function wordAt(command: string, at: number): string {
  let [start, end] = [at, at];
  while (start > 0 && !ENDS_WORD.test(command.charAt(start - 1))) start--;
  while (end < command.length && !ENDS_WORD.test(command.charAt(end))) end++;
  return command.slice(start, end);
}

const ENDS_WORD = /[\s'"`=:;|&<>(),]/;
