import { lstatSync } from 'node:fs';
import path from 'node:path';
import { between, realPlace } from '../../base/real-place.ts';
import { DiagnosticList } from '../yaml/diagnostics.ts';
import type { Draft } from '../stages/instantiate.ts';
import type { OutputIndex } from './output-index.ts';
import { isOutside } from '../paths/paths.ts';
import type { Output, Pipeline, StageInstance } from '../stages/types.ts';

/** A file or folder that the project itself needs. */
export interface OwnFile {
  /** From the project's root. */
  readonly path: string;
  /** In words, as in `the params file`. */
  readonly what: string;
}

const HINT = 'an output is removed before its stage runs: give it a place where nothing else lies';

/**
 * Refuses outputs whose removal would cost the user something that no stage makes: what lies outside the project, be it
 * through a link, and what the project itself needs.
 */
export function checkOutputPlaces(
  drafts: readonly Draft[],
  index: OutputIndex,
  own: readonly OwnFile[],
  root: string,
  diagnostics: DiagnosticList,
): void {
  const instances = drafts.map(({ instance }) => instance);
  const placeOf = realPlaces(root);
  for (const { name, outs, wdir, code } of instances) {
    for (const out of outs) {
      checkRealPlace(out, name, placeOf, diagnostics);
      checkStateFolders(out, diagnostics);
      if (wdir !== undefined && holds(out.path, wdir)) {
        diagnostics.add('out-wdir', out.at, `the output "${out.path}" holds the folder that its stage runs in`, {
          hint: HINT,
        });
      }
      for (const { path: file, at } of code) {
        if (!holds(out.path, file)) continue;
        const related = [{ message: 'the code is named here', at }];
        const message = `the output "${out.path}" holds "${file}", the code of its stage`;
        diagnostics.add('out-code', out.at, message, { related, hint: HINT });
      }
    }
  }
  refuseOwnFiles(instances, index, own, diagnostics);
}

/** Refuses outputs that are, or hold, or lie in, something that the project needs. */
function refuseOwnFiles(
  instances: readonly StageInstance[],
  index: OutputIndex,
  own: readonly OwnFile[],
  diagnostics: DiagnosticList,
): void {
  for (const { path: file, what } of own) {
    if (isOutside(file)) continue;
    for (const { instance, output } of index.owners(file)) {
      const out = instances[instance]?.outs[output];
      if (out !== undefined) reportOwn(out, file, what, diagnostics);
    }
  }
}

/** The same for a pipeline that is loaded: throws PipelineError when one of its outputs is, or holds, such a file. */
export function refuseOutputsHolding(pipeline: Pick<Pipeline, 'instances'>, own: readonly OwnFile[]): void {
  const diagnostics = new DiagnosticList();
  for (const { outs } of pipeline.instances.values()) {
    for (const out of outs) {
      for (const { path: file, what } of own) {
        if (holds(out.path, file) || holds(file, out.path)) reportOwn(out, file, what, diagnostics);
      }
    }
  }
  diagnostics.throwIfAny();
}

function reportOwn(out: Output, file: string, what: string, diagnostics: DiagnosticList): void {
  const message = out.path === file ? `the output "${file}" is ${what}` : `the output "${out.path}" holds ${what}`;
  diagnostics.add('out-own', out.at, message, { hint: HINT });
}

function holds(folder: string, file: string): boolean {
  return file === folder || file.startsWith(`${folder}/`);
}

/** Some file systems take capital and small letters for the same. */
function checkStateFolders({ path: file, at }: Output, diagnostics: DiagnosticList): void {
  const segments = file.toLowerCase().split('/');
  const state = segments.includes('.git') ? '.git' : segments[0] === '.pipeline' ? '.pipeline' : null;
  if (state === null) return;
  const whose = state === '.git' ? 'git keeps its repository' : 'the pipeline keeps its own state';
  diagnostics.add('out-state', at, `the output "${file}" lies in ${state}, where ${whose}`, { hint: HINT });
}

function checkRealPlace(
  { path: file, at }: Output,
  name: string,
  placeOf: (file: string) => { readonly inside: boolean; readonly place: string | null },
  diagnostics: DiagnosticList,
): void {
  const { inside, place } = placeOf(file);
  if (inside) return;
  const where = place === null ? 'in a place that links do not lead to' : `at ${place}`;
  diagnostics.add('out-outside', at, `the output "${file}" of "${name}" really lies outside the project, ${where}`, {
    hint:
      'a link leads there, and an output is removed before its stage runs: put a folder where the link is; ' +
      'to keep contents on another disk, set cache.dir',
  });
}

/** Folders are looked at once: hundreds of outputs share them. */
function realPlaces(root: string): (file: string) => { readonly inside: boolean; readonly place: string | null } {
  const realRoot = realPlace(root);
  const folders = new Map<string, string | null>();
  const inside = (place: string | null): boolean =>
    realRoot !== null && place !== null && between(realRoot, place) !== null;
  return (file) => {
    const folder = path.posix.dirname(file);
    let around = folders.get(folder);
    if (around === undefined) {
      around = realPlace(path.join(root, folder));
      folders.set(folder, around);
    }
    if (!inside(around)) return { inside: false, place: around };
    const leaf = path.join(root, file);
    if (!isLink(leaf)) return { inside: true, place: leaf };
    const place = realPlace(leaf);
    return { inside: inside(place), place };
  };
}

function isLink(file: string): boolean {
  try {
    return lstatSync(file, { throwIfNoEntry: false })?.isSymbolicLink() === true;
  } catch {
    return false;
  }
}
