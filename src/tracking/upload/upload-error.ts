/** Why the service did not take something. The message is for the user and never holds a key. */
export class UploadError extends Error {
  override readonly name = 'UploadError';
  /** True: the same request may succeed later. False: it was refused for good. */
  readonly transient: boolean;
  /** How long the service asks to be left alone, in ms, or null. */
  readonly retryAfter: number | null;

  /** True: the time limit of the request ran out. */
  readonly timedOut: boolean;

  constructor(
    message: string,
    {
      transient,
      retryAfter = null,
      timedOut = false,
    }: { transient: boolean; retryAfter?: number | null; timedOut?: boolean },
  ) {
    super(message);
    this.timedOut = timedOut;
    this.transient = transient;
    this.retryAfter = retryAfter;
  }
}
