import { DiagnosticList } from '../yaml/diagnostics.ts';
import type { Draft } from '../stages/instantiate.ts';
import type { OutputIndex } from './output-index.ts';
import { RealPaths } from '../paths/real-paths.ts';
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
  real: RealPaths,
  diagnostics: DiagnosticList,
): void {
  const instances = drafts.map(({ instance }) => instance);
  for (const { name, outs, wdir, code } of instances) {
    for (const out of outs) {
      checkRealPlace(out, name, real, diagnostics);
      checkStateFolders(out, diagnostics);
      if (wdir !== undefined && holdsReally(out, wdir, real)) {
        diagnostics.add('out-wdir', out.at, `the output "${out.path}" holds the folder that its stage runs in`, {
          hint: HINT,
        });
      }
      for (const { path: file, at } of code) {
        if (!holdsReally(out, file, real)) continue;
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
    for (const { instance, output } of index.owners(file)) {
      const out = instances[instance]?.outs[output];
      if (out !== undefined) reportOwn(out, file, what, diagnostics);
    }
  }
}

/** The same for a pipeline that is loaded: throws PipelineError when one of its outputs is, or holds, such a file. */
export function refuseOutputsHolding(pipeline: Pick<Pipeline, 'instances' | 'root'>, own: readonly OwnFile[]): void {
  const diagnostics = new DiagnosticList();
  const real = new RealPaths(pipeline.root);
  for (const { outs } of pipeline.instances.values()) {
    for (const out of outs) {
      for (const { path: file, what } of own) {
        if (holdsReally(out, file, real) || holds(realOf(file, real), placeOf(out)))
          reportOwn(out, file, what, diagnostics);
      }
    }
  }
  diagnostics.throwIfAny();
}

function reportOwn(out: Output, file: string, what: string, diagnostics: DiagnosticList): void {
  const message = out.path === file ? `the output "${file}" is ${what}` : `the output "${out.path}" holds ${what}`;
  diagnostics.add('out-own', out.at, message, { hint: HINT });
}

function holdsReally(out: Output, file: string, real: RealPaths): boolean {
  return holds(out.path, file) || holds(placeOf(out), realOf(file, real));
}

function placeOf({ path, place = path }: Output): string {
  return place;
}

function holds(folder: string, file: string): boolean {
  return file === folder || file.startsWith(`${folder}/`);
}

/** Some file systems take capital and small letters for the same. */
function checkStateFolders(out: Output, diagnostics: DiagnosticList): void {
  const { path: file, at } = out;
  const segments = placeOf(out).toLowerCase().split('/');
  const state = segments.includes('.git') ? '.git' : segments[0] === '.pipeline' ? '.pipeline' : null;
  if (state === null) return;
  const whose = state === '.git' ? 'git keeps its repository' : 'the pipeline keeps its own state';
  diagnostics.add('out-state', at, `the output "${file}" lies in ${state}, where ${whose}`, { hint: HINT });
}

function checkRealPlace({ path: file, at }: Output, name: string, real: RealPaths, diagnostics: DiagnosticList): void {
  const entry = real.entry(file);
  const place = real.inProject(entry) === null ? entry : real.target(file);
  if (real.inProject(place) !== null) return;
  const where = place === null ? 'in a place that links do not lead to' : `at ${place}`;
  diagnostics.add('out-outside', at, `the output "${file}" of "${name}" really lies outside the project, ${where}`, {
    hint:
      'a link leads there, and an output is removed before its stage runs: put a folder where the link is; ' +
      'to keep contents on another disk, set cache.dir',
  });
}

/** As a project path; a place outside as its path says. */
function realOf(file: string, real: RealPaths): string {
  return real.inProject(real.target(file)) ?? file;
}
