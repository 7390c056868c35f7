import type { Exit } from './executor.ts';

/** Words that bash and others know, and the plain shell does not, with what to write instead. */
const notInPlainShell: Readonly<Record<string, string>> = {
  '[[': 'write [ ... ]',
  source: 'write ". ./FILE"',
  function: 'write "NAME() { ...; }"',
};

/** With a folder in PATH that may not be entered, a shell says so of every program that it does not find. */
const notFound = /sh: (?:(?:line )?\d+: )?(.+?): (?:(?:command )?not found|Permission denied)$/;

const otherShell = `commands run in /bin/sh; what needs another shell is a command of its own: bash -c '...'`;

/** What to do about a failure that the shell's own words explain; null when they do not. */
export function exitHint(exit: Exit, tail: readonly string[]): string | null {
  if (exit.type !== 'exited') return null;
  if (exit.code === 2 && tail.some((line) => /sh: .*(?:Syntax error: "\(" unexpected|Bad substitution)/.test(line))) {
    return otherShell;
  }
  if (exit.code !== 127) return null;
  const names = tail.flatMap((line) => notFound.exec(line)?.[1] ?? []);
  const name = names.at(-1);
  if (name === undefined) return null;
  const [, instead] = Object.entries(notInPlainShell).find(([word]) => word === name) ?? [];
  if (instead !== undefined) return `${instead}: ${otherShell}`;
  if (['shopt', 'pushd', 'popd', 'declare', 'let', 'mapfile', 'readarray'].includes(name)) return otherShell;
  if (!/\s/.test(name)) return null;
  return (
    `the shell looked for one program of the name "${name}": the value is quoted as one word. ` +
    'Write ${raw:NAME} where a value of params is text for the shell'
  );
}
