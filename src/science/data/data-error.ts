/** What a user needs to know about a problem with their data. Each part is a phrase without a final full stop. */
export interface DataProblem {
  /** The file (with `:line` where there is one), folder or option at fault. */
  readonly where: string;
  readonly expected: string;
  readonly found: string;
  /** One sentence that says what to do next. */
  readonly advice: string;
}

/** A problem with data or options that a user can put right. Its message is complete: show it without a stack trace. */
export class DataError extends Error {
  override readonly name = 'DataError';
  /** The message is all a user needs: show it without a stack trace. */
  readonly forUser = true;
  readonly problem: DataProblem;

  constructor(problem: DataProblem, options?: ErrorOptions) {
    super(`${problem.where}: expected ${problem.expected}, found ${problem.found}. ${problem.advice}.`, options);
    this.problem = problem;
  }
}

/** A foreign value as one short quoted line, for the `found` part of a message. */
export function quoted(value: unknown): string {
  const text = value === undefined ? 'nothing' : JSON.stringify(value);
  return text.length > 60 ? `${text.slice(0, 57)}...` : text;
}

/** The system's error code (`ENOENT`), or null. */
export function errorCode(error: unknown): string | null {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : null;
}
