import type { Random } from '../../base/random.ts';
import { createRandom } from '../../base/random.ts';
import type { Point } from './curves.ts';
import { flat, smooth, tapered } from './curves.ts';
import type { Geometry } from './geometry.ts';
import type { Identity } from './identity.ts';
import type { Projection } from './pose.ts';
import type { Canvas, Colour } from './canvas.ts';
import { paint } from './canvas.ts';
import type { Ellipse, Mask } from './raster.ts';
import { intersect, polygonMask, softMask, strokeMask } from './raster.ts';

/** Where the light comes from (x right, y down, z towards the viewer, any length) and how it is. */
export interface Light {
  readonly direction: readonly [x: number, y: number, z: number];
  /** Share of light that comes from everywhere, 0 (hard) to 1 (flat). */
  readonly ambient: number;
  /** Exposure, 1 is usual. */
  readonly brightness: number;
  /** Brightness of the wall behind, 0 to 1. */
  readonly background: number;
}

/** What every part of the drawing takes: the canvas, the face, and how face units become pixels. */
export interface Scene {
  readonly canvas: Canvas;
  readonly identity: Identity;
  readonly face: Geometry;
  readonly projection: Projection;
  readonly light: Light;
  /** Brightness of lit skin at each pixel, about 1. */
  readonly shade: Float32Array;
  /** Pixels of the face without ears, hair and neck. */
  readonly skin: Mask;
  /** Pieces between two points of a curve: more on larger pictures. */
  readonly steps: number;
}

/** A stream for the irregularities of one part of one person: the same in every frame. */
export function grain(scene: Scene, part: string): Random {
  return createRandom(scene.identity.grain).fork(part);
}

/** The pixel outline of a closed curve through points of the face. */
export function outline(scene: Scene, points: readonly Point[], lift = 0): Mask {
  const placed = points.map((point) => scene.projection.at(point, lift));
  return polygonMask(scene.canvas, flat(smooth(placed, scene.steps, true)));
}

/** A closed shape between two curves that share their ends, each smoothed by itself so that the ends stay corners. */
export function between(scene: Scene, upper: readonly Point[], lower: readonly Point[], lift = 0): Mask {
  const place = (points: readonly Point[]): Point[] =>
    smooth(
      points.map((point) => scene.projection.at(point, lift)),
      scene.steps,
    );
  return polygonMask(scene.canvas, flat([...place(upper), ...place(lower).reverse()]));
}

/** The mask of a soft line along a curve of the face; `taper` gives the radius in face units along the way. */
export function line(scene: Scene, points: readonly Point[], taper: (along: number) => number, lift = 0): Mask {
  const placed = points.map((point) => scene.projection.at(point, lift));
  const { unit } = scene.projection;
  return strokeMask(
    scene.canvas,
    tapered(smooth(placed, scene.steps), (along) => taper(along) * unit),
  );
}

/** A soft ellipse on the face: centre and radii in face units, turned by `tilt` (a slope, sine of the angle). */
export function spot(
  scene: { readonly projection: Projection },
  centre: Point,
  radiusX: number,
  radiusY: number,
  tilt = 0,
  lift = 0,
): Ellipse {
  const { unit, cosRoll, sinRoll } = scene.projection;
  const [x, y] = scene.projection.at(centre, lift);
  const cosTilt = Math.sqrt(1 - tilt * tilt);
  return {
    x,
    y,
    radiusX: radiusX * unit,
    radiusY: radiusY * unit,
    cos: cosRoll * cosTilt - sinRoll * tilt,
    sin: sinRoll * cosTilt + cosRoll * tilt,
  };
}

/** Lays a colour over a mask; lit like skin where `lit`. */
export function fill(scene: Scene, mask: Mask, colour: Colour, alpha = 1, lit = false): void {
  paint(scene.canvas, mask, colour, alpha, lit ? scene.shade : undefined);
}

/** The same, but only inside another mask. */
export function fillInside(scene: Scene, mask: Mask, inside: Mask, colour: Colour, alpha = 1, lit = false): void {
  fill(scene, intersect(mask, inside), colour, alpha, lit);
}

/** A soft spot of colour, optionally only inside a mask. */
export function tint(scene: Scene, ellipse: Ellipse, colour: Colour, alpha: number, inside?: Mask): void {
  const mask = softMask(scene.canvas, ellipse);
  paint(scene.canvas, inside === undefined ? mask : intersect(mask, inside), colour, alpha);
}

/** A line with thin ends, thickest at the middle. */
export function spindle(radius: number): (along: number) => number {
  return (along) => radius * (0.1 + 3.6 * along * (1 - along));
}
