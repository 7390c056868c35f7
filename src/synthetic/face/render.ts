import type { Random } from '../../base/random.ts';
import type { Action } from './action-units.ts';
import type { Camera } from './camera.ts';
import { develop } from './camera.ts';
import { creases } from './creases.ts';
import type { Point } from './curves.ts';
import { drawBackHair, drawBeard, drawFrontHair, drawGlasses } from './draw-hair.ts';
import { drawBackground, drawBody, drawSkin, faceMask } from './draw-head.ts';
import { drawEyes } from './draw-eyes.ts';
import { drawMouth, drawNose } from './draw-mouth.ts';
import { shapeFace } from './geometry.ts';
import type { Identity } from './identity.ts';
import { landmarks } from './landmarks.ts';
import type { Pose } from './pose.ts';
import { createProjection } from './pose.ts';
import { createCanvas } from './canvas.ts';
import { shadeFace } from './relief.ts';
import type { Light, Scene } from './scene.ts';
import { drawBefore, drawBehind, gradeColours } from './setting.ts';
import type { Setting } from './setting.ts';

/** The size of a picture in pixels; 1 channel is grey, 3 are red, green, blue. */
export interface PictureSize {
  readonly width: number;
  readonly height: number;
  readonly channels: 1 | 3;
}

/** One picture of one face. */
export interface FaceView {
  readonly identity: Identity;
  readonly action: Action;
  readonly pose: Pose;
  readonly light: Light;
  readonly camera: Camera;
  /** What stands behind and before the face, and the film's colours; a plain wall unless given. */
  readonly setting?: Setting;
}

export interface Picture extends PictureSize {
  /** Bytes [height, width, channels]. */
  readonly pixels: Uint8Array;
  /** 68 points in pixels, iBUG order. */
  readonly landmarks: readonly Point[];
}

/**
 * Draws a face. The same arguments give the same bytes on every machine; `random` is only the sensor's noise.
 * Throws RangeError for a picture smaller than 16 pixels a side.
 */
export function renderFace(view: FaceView, size: PictureSize, random: Random): Picture {
  const { width, height, channels } = size;
  if (!Number.isInteger(width) || !Number.isInteger(height) || width < 16 || height < 16) {
    throw new RangeError(`a picture of a face needs whole sides of at least 16 pixels, not ${width} x ${height}`);
  }
  const { identity, light } = view;
  const canvas = createCanvas(width, height, channels);
  const face = shapeFace(identity, view.action);
  const projection = createProjection(width, height, view.pose);
  const furrows = creases(identity, face);
  const frame = { canvas, identity, face, projection, light, steps: projection.unit < 40 ? 4 : 8 };
  const shade = shadeFace(canvas, identity, face, furrows, projection, light);
  for (let i = 0; i < shade.length; i++) shade[i] = (shade[i] as number) * light.brightness;
  const scene: Scene = { ...frame, shade, skin: faceMask(frame) };

  drawBackground(canvas, light.background, light.direction[0]);
  if (view.setting !== undefined) drawBehind(canvas, view.setting);
  drawBackHair(scene);
  drawBody(scene);
  drawSkin(scene, furrows);
  drawBeard(scene);
  drawNose(scene);
  drawMouth(scene);
  drawEyes(scene);
  drawFrontHair(scene);
  drawGlasses(scene);
  if (view.setting !== undefined) {
    drawBefore(scene, view.setting);
    gradeColours(canvas, view.setting);
  }
  return { ...size, pixels: develop(canvas, view.camera, random), landmarks: landmarks(face, projection) };
}
