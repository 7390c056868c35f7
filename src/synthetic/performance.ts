import type { Random } from '../base/random.ts';
import type { Difficulty } from './difficulty.ts';
import type { Action, Activation, ActionUnit } from './face/action-units.ts';
import type { Camera } from './face/camera.ts';
import type { Expression } from './face/expressions.ts';
import type { Pose } from './face/pose.ts';
import type { FaceView } from './face/render.ts';
import type { Light } from './face/scene.ts';
import { ramp } from './ramp.ts';
import type { Apex, Subject } from './subject.ts';
import { createApex } from './subject.ts';

/** A recorded expression: one view a frame, from neutral to apex. */
export interface Performance {
  readonly expression: Expression;
  readonly views: readonly FaceView[];
  /** Strength of each frame as a share of the apex: 0 first, 1 last. */
  readonly strengths: readonly number[];
}

/**
 * Lets a subject show an expression once. Throws RangeError for fewer than 8 frames.
 */
export function perform(
  random: Random,
  subject: Subject,
  expression: Expression,
  frames: number,
  difficulty: Difficulty,
): Performance {
  const apex = createApex(random.fork('apex'), subject, expression, difficulty);
  const { weakShare } = difficulty;
  const course = ramp(frames, random.between(weakShare.min, weakShare.max));
  const jitter = random.fork('jitter');
  const strengths = course.map((share, frame) =>
    frame === 0 || frame === frames - 1 ? share : Math.min(1, Math.max(0, share + 0.012 * jitter.normal())),
  );
  const light = createLight(random.fork('light'), difficulty.light);
  const poses = createPoses(random.fork('pose'), frames, difficulty.pose);
  const camera: Camera = { blur: difficulty.blur * random.between(0.5, 1), noise: difficulty.noise };
  const views = strengths.map((strength, frame): FaceView => {
    const action: Action = [at(apex, 'left', strength), at(apex, 'right', strength)];
    return { identity: subject.identity, action, pose: poses[frame] as Pose, light, camera };
  });
  return { expression, views, strengths };
}

/** A half of the face on its way to the apex: a unit with a head start is ahead in between, and equal at both ends. */
function at(apex: Apex, half: 'left' | 'right', strength: number): Activation {
  const result: Partial<Record<ActionUnit, number>> = {};
  for (const [key, value] of Object.entries(apex[half])) {
    const unit = Number(key) as ActionUnit;
    const lead = apex.lead[unit] ?? 0;
    result[unit] = value * strength * (1 + lead * (1 - strength));
  }
  return result;
}

function createLight(random: Random, amount: number): Light {
  const wide = (most: number): number => amount * most * random.between(-1, 1);
  return {
    direction: [-0.15 + wide(0.75), -0.4 + wide(0.4), 0.9],
    ambient: 0.5 + wide(0.25),
    brightness: 1 + wide(0.22),
    background: 0.5 + wide(0.4),
  };
}

/** A start, a slow drift to an end not far from it, and a tremor. */
function createPoses(random: Random, frames: number, amount: number): Pose[] {
  const place = (): Pose => ({
    roll: amount * 0.09 * random.between(-1, 1),
    yaw: amount * 0.16 * random.between(-1, 1),
    pitch: amount * 0.1 * random.between(-1, 1),
    scale: 1 + amount * 0.1 * random.between(-1, 1),
    shiftX: amount * 0.25 * random.between(-1, 1),
    shiftY: amount * 0.12 * random.between(-1, 1),
  });
  const start = place();
  const end = place();
  const tremor = (): number => amount * 0.004 * random.normal();
  return Array.from({ length: frames }, (_, frame) => {
    const share = (0.3 * frame) / Math.max(1, frames - 1);
    const along = (name: keyof Pose): number => start[name] + (end[name] - start[name]) * share;
    return {
      roll: along('roll') + tremor(),
      yaw: along('yaw') + tremor(),
      pitch: along('pitch') + tremor(),
      scale: along('scale'),
      shiftX: along('shiftX') + tremor(),
      shiftY: along('shiftY') + tremor(),
    };
  });
}
