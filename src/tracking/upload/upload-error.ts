/** Why the service did not take something. The message is for the user and never holds a key. */
export class UploadError extends Error {
  override readonly name = 'UploadError';
  /** True: the same request may succeed later. False: it was refused for good. */
  readonly transient: boolean;
  /** How long the service asks to be left alone, in ms, or null. */
  readonly retryAfter: number | null;

  constructor(message: string, { transient, retryAfter = null }: { transient: boolean; retryAfter?: number | null }) {
    super(message);
    this.transient = transient;
    this.retryAfter = retryAfter;
  }
}
