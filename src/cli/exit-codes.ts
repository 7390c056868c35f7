/** What the command's exit code means; part of its interface. */
export const exitCodes = {
  ok: 0,
  /** A stage failed; with `status --exit-code`, something is out of date. */
  failed: 1,
  /** A mistake in pipeline.yaml, params, the lock file or the command line. */
  usage: 2,
  /** Stopped by Ctrl-C or SIGTERM. */
  interrupted: 130,
  /** The reader of a followed log left, as after SIGPIPE. */
  unread: 141,
} as const;

export type ExitCode = (typeof exitCodes)[keyof typeof exitCodes];

/** A mistake on the command line, told in one message. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}
