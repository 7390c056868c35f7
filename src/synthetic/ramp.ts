/** Number (from 0) of the frame whose strength `weakShare` sets: the middle one of frames 6 to 8. */
export const WEAK_FRAME = 6;

/**
 * Strength of each frame of a sequence as a share of its apex: 0 first, 1 last, rising throughout, `weakShare` at the
 * seventh frame.
 *
 * The course is a smooth step bent by a rational bias t / (k (1 - t) + 1), which stays monotone for k > -1 and lets the
 * curve pass through one given point exactly. Throws RangeError for fewer than 8 frames: a sequence needs frames 6 to 8.
 */
export function ramp(frames: number, weakShare: number): number[] {
  if (!Number.isInteger(frames) || frames < WEAK_FRAME + 2) {
    throw new RangeError(`a sequence needs at least ${WEAK_FRAME + 2} frames, not ${frames}`);
  }
  if (!(weakShare > 0 && weakShare < 1)) throw new RangeError(`weakShare must be between 0 and 1, not ${weakShare}`);
  const ease = (t: number): number => 0.5 * t + 0.5 * t * t * (3 - 2 * t);
  const through = ease(WEAK_FRAME / (frames - 1));
  const bias = (through / weakShare - 1) / (1 - through);
  return Array.from({ length: frames }, (_, frame) => {
    const t = ease(frame / (frames - 1));
    return t / (bias * (1 - t) + 1);
  });
}
