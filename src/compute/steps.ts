/** Runs the steps of one training, or of anything else that computes the same again and again. */
export interface Steps {
  /** Runs one step. What it computes is there when `run` returns. Steps do not nest. */
  run<T>(body: () => T): T;
  dispose(): void;
}

/** One operation after the other. */
export const PLAIN_STEPS: Steps = { run: (body) => body(), dispose: () => undefined };

let create = (): Steps => PLAIN_STEPS;

/** For the steps of one training. On most backends they just run; see native/graph for the one where they do not. */
export function createSteps(): Steps {
  return create();
}

/** To be called by the backend that has a faster way. */
export function setSteps(faster: () => Steps): void {
  create = faster;
}
