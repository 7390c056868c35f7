/** What a user of a bench has to mend; the message is all that is shown. */
export class BenchError extends Error {
  override readonly name: string = 'BenchError';
  readonly forUser = true;
}

/** @throws BenchError unless the text is a whole number from 1 */
export function wholeNumber(option: string, text: string): number {
  const value = Number(text);
  if (Number.isInteger(value) && value >= 1) return value;
  throw new BenchError(`--${option} must be a whole number from 1, and is "${text}".`);
}

/** Whether an error is a mistake of the command line, or of a file that it names, and no fault of ours. */
export function isForUser(error: unknown): error is Error {
  if (!(error instanceof Error)) return false;
  const { code, forUser } = error as { readonly code?: unknown; readonly forUser?: unknown };
  return forUser === true || error.name === 'PipelineError' || String(code).startsWith('ERR_PARSE_ARGS');
}
