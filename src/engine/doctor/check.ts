/** What one look at the machine or the project found. */
export interface Check {
  readonly name: string;
  /** `problem`: something will not work. `note`: it works, but could be better. */
  readonly state: 'ok' | 'note' | 'problem';
  /** What was found, one sentence without a full stop. */
  readonly found: string;
  /** What to do, with a command where there is one; null when there is nothing to do. */
  readonly advice: string | null;
}

export function ok(name: string, found: string): Check {
  return { name, state: 'ok', found, advice: null };
}

export function note(name: string, found: string, advice: string | null): Check {
  return { name, state: 'note', found, advice };
}

export function problem(name: string, found: string, advice: string): Check {
  return { name, state: 'problem', found, advice };
}
