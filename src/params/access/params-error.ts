/** A mistake in params, or in the params that a stage names in pipeline.yaml. */
export class ParamsError extends Error {
  override readonly name = 'ParamsError';
  /** The message is all a user needs: show it without a stack trace. */
  readonly forUser = true;
}
