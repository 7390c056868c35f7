import type { Word } from './syntax.ts';

const assignment = /^([A-Za-z_][A-Za-z0-9_]*)(?:\[[^\]]*\])?\+?=/;

/** Whether a word sets a variable: `NAME=value`. */
export function isAssignment({ text }: Word): boolean {
  return assignment.test(text);
}

/** The variable that a word sets; null when it sets none. */
export function assignedName({ text }: Word): string | null {
  return assignment.exec(text)?.[1] ?? null;
}
