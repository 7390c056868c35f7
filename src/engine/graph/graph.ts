import type { Circumstances } from './circumstances.ts';
import { resolveDependencies } from './dependencies.ts';
import type { DiagnosticList } from '../yaml/diagnostics.ts';
import type { Draft } from '../stages/instantiate.ts';
import { MissingDependencies } from './missing-dependencies.ts';
import { OutputIndex } from './output-index.ts';
import { isOutside } from '../paths/paths.ts';
import { RealPaths } from '../paths/real-paths.ts';
import { checkOutputPlaces } from './output-places.ts';
import { topologicalOrder } from '../../base/topological-order.ts';
import type { Dependency, InstanceName, Output, StageInstance } from '../stages/types.ts';

export interface Graph {
  readonly instances: ReadonlyMap<InstanceName, StageInstance>;
  readonly upstream: ReadonlyMap<InstanceName, readonly InstanceName[]>;
  readonly downstream: ReadonlyMap<InstanceName, readonly InstanceName[]>;
}

/** Connects instances through the places they write and read, links followed; mistakes go to `diagnostics`. */
export function connect(written: readonly Draft[], circumstances: Circumstances): Graph {
  const { diagnostics, ownFiles, root } = circumstances;
  const real = new RealPaths(root);
  const drafts = written.map((draft) => withOutputPlaces(draft, real));
  const index = indexOutputs(
    drafts.map(({ instance }) => instance),
    real,
    diagnostics,
  );
  checkOutputPlaces(drafts, index, ownFiles, real, diagnostics);
  const instances = resolveDependencies(drafts, index, circumstances).map((instance) => withDepPlaces(instance, index));
  checkWorkingDirectories(drafts, index, circumstances);
  checkParamsFiles(drafts, instances, index, diagnostics);
  const missing = new MissingDependencies(drafts, instances, circumstances);
  const upstream = instances.map((_instance, self) => findProducers(instances, self, index, missing, circumstances));
  missing.report();
  const order = topologicalOrder(upstream);
  if (order.length < instances.length) reportCycles(instances, upstream, order, index, diagnostics);

  const nameOf = (at: number): InstanceName => (instances[at] as StageInstance).name;
  const sorted = order.map((at) => instances[at] as StageInstance);
  const rank = new Map(order.map((at, position) => [at, position]));
  const downstream = new Map<InstanceName, InstanceName[]>(sorted.map(({ name }) => [name, []]));
  const up = new Map<InstanceName, readonly InstanceName[]>();
  for (const at of order) {
    const producers = [...(upstream[at] ?? [])].sort((a, b) => (rank.get(a) ?? 0) - (rank.get(b) ?? 0));
    up.set(nameOf(at), producers.map(nameOf));
    for (const producer of producers) downstream.get(nameOf(producer))?.push(nameOf(at));
  }
  return { instances: new Map(sorted.map((instance) => [instance.name, instance])), upstream: up, downstream };
}

function withOutputPlaces(draft: Draft, real: RealPaths): Draft {
  const places = draft.instance.outs.map(({ path }) => real.inProject(real.entry(path)));
  // Almost always.
  if (draft.instance.outs.every(({ path }, at) => places[at] === null || places[at] === path)) return draft;
  const outs = draft.instance.outs.map((out, at): Output => {
    const place = places[at] ?? out.path;
    return place === out.path ? out : { ...out, place };
  });
  return { ...draft, instance: { ...draft.instance, outs } };
}

function withDepPlaces(instance: StageInstance, index: OutputIndex): StageInstance {
  const places = instance.deps.map(({ path }) => index.linkedPlace(path));
  if (places.every((place) => place === undefined)) return instance;
  const deps = instance.deps.map((dep, at): Dependency => {
    const place = places[at];
    return place === undefined ? dep : { ...dep, place };
  });
  return { ...instance, deps };
}

function indexOutputs(instances: readonly StageInstance[], real: RealPaths, diagnostics: DiagnosticList): OutputIndex {
  const index = new OutputIndex((path) => real.inProject(real.target(path)));
  instances.forEach(({ name, outs }, instance) => {
    outs.forEach(({ path, place = path, at }, output) => {
      const conflict = index.add(path, { instance, output }, place);
      if (conflict === null) return;
      const other = instances[conflict.other.instance] as StageInstance;
      const otherOut = other.outs[conflict.other.output] as StageInstance['outs'][number];
      // Instances of one matrix share the line.
      const related =
        otherOut.at === at ? [] : [{ message: `"${other.name}" makes "${otherOut.path}" here`, at: otherOut.at }];
      if (conflict.linked) {
        const which = { same: 'are one and the same', inside: 'lie in one another', around: 'lie in one another' };
        const sentence = `the outputs "${path}" of "${name}" and "${otherOut.path}" of "${other.name}" ${which[conflict.kind]}`;
        diagnostics.add('out-linked', at, `${sentence}, at "${place}": a link leads there`, {
          related,
          hint: 'an output belongs to one stage as a whole, and is removed before that runs',
        });
      } else if (conflict.kind === 'same') {
        const both = other.name === name ? `"${name}" lists` : `"${other.name}" and "${name}" both make`;
        diagnostics.add('out-twice', at, `${both} the output "${path}"${other.name === name ? ' twice' : ''}`, {
          related,
          ...(other.stage === instances[instance]?.stage && other.name !== name
            ? { hint: 'each instance needs an output of its own: use ${item...} of every dimension in the path' }
            : {}),
        });
      } else {
        const sentence =
          conflict.kind === 'inside'
            ? `the output "${path}" of "${name}" lies inside "${otherOut.path}" of "${other.name}"`
            : `the output "${path}" of "${name}" contains "${otherOut.path}" of "${other.name}"`;
        diagnostics.add('out-inside', at, sentence, { related, hint: 'an output belongs to one stage as a whole' });
      }
    });
  });
  return index;
}

/** A stage that cannot be in its directory would fail late, and with words about a shell. */
function checkWorkingDirectories(
  drafts: readonly Draft[],
  index: OutputIndex,
  { exists, complete, diagnostics }: Circumstances,
): void {
  for (const { instance, wdirAt } of drafts) {
    const { wdir } = instance;
    if (wdir === undefined || isOutside(wdir) || exists(wdir) || !complete) continue;
    const [maker] = index.owners(wdir);
    if (maker === undefined) diagnostics.add('wdir', wdirAt, `the working directory "${wdir}" does not exist`);
  }
}

/** Params are read before anything runs: what a stage writes is an input, and no params file. */
function checkParamsFiles(
  drafts: readonly Draft[],
  instances: readonly StageInstance[],
  index: OutputIndex,
  diagnostics: DiagnosticList,
): void {
  for (const { path, at } of drafts.flatMap(({ paramsFiles }) => paramsFiles)) {
    const [maker] = index.owners(path);
    if (maker === undefined) continue;
    const { name } = instances[maker.instance] as StageInstance;
    diagnostics.add('params-made', at, `the params file "${path}" is an output of "${name}"`, {
      hint: 'params are read before anything runs; name it in "deps" instead',
    });
  }
}

/** The instances whose outputs an instance reads, each once. */
function findProducers(
  instances: readonly StageInstance[],
  self: number,
  index: OutputIndex,
  missing: MissingDependencies,
  { exists, codeProblem, complete, diagnostics }: Circumstances,
): readonly number[] {
  const producers = new Set<number>();
  const { deps, code, frozen } = instances[self] as StageInstance;
  for (const { path, at } of code) {
    const problem = codeProblem(path);
    if (problem !== null) diagnostics.add('missing-code', at, `the code file "${path}" ${problem.what}`, problem.hint);
  }
  for (const dep of deps) {
    let [made, ownWork] = [false, false];
    for (const { instance } of index.owners(dep.path)) {
      if (instance === self) ownWork = true;
      else {
        producers.add(instance);
        made = true;
      }
    }
    // A directory may hold something of the stage's own, as long as that is not all of it.
    const hasOthers = dep.without !== undefined && (made || exists(dep.path));
    if (ownWork && !hasOthers) {
      diagnostics.add('own-output', dep.at, `the stage depends on "${dep.path}", which it makes itself`);
    }
    // A frozen stage never reads its inputs.
    if (!made && !ownWork && complete && !frozen && !exists(dep.path)) missing.add(self, dep);
    else missing.found(dep);
  }
  return [...producers];
}

/** Reports each way round once; instances of a matrix that go round alike count as one. */
function reportCycles(
  instances: readonly StageInstance[],
  upstream: readonly (readonly number[])[],
  order: readonly number[],
  index: OutputIndex,
  diagnostics: DiagnosticList,
): void {
  const sorted = new Set(order);
  const stuck = (at: number): boolean => !sorted.has(at);
  const walked = new Set<number>();
  const told = new Set<string>();
  for (let start = 0; start < instances.length; start++) {
    if (!stuck(start) || walked.has(start)) continue;
    const way: number[] = [];
    const stepOf = new Map<number, number>();
    // Whatever is stuck has something stuck upstream, so the way must come back to itself or to an older way.
    let at: number | undefined = start;
    while (at !== undefined && !walked.has(at)) {
      walked.add(at);
      stepOf.set(at, way.length);
      way.push(at);
      at = upstream[at]?.find(stuck);
    }
    const from = at === undefined ? undefined : stepOf.get(at);
    if (from === undefined) continue;
    const cycle = way.slice(from);
    const stages = cycle.map((one) => (instances[one] as StageInstance).stage);
    const key = [...new Set(stages)].sort().join(' ');
    if (told.has(key)) continue;
    told.add(key);
    reportCycle(cycle, instances, index, diagnostics);
  }
}

/** Of a longer way round, more edges than this tell a person nothing. */
const MAX_EDGES = 20;

function reportCycle(
  cycle: readonly number[],
  instances: readonly StageInstance[],
  index: OutputIndex,
  diagnostics: DiagnosticList,
): void {
  const edges = cycle.map((reader, step) => {
    const producer = cycle[(step + 1) % cycle.length] as number;
    const instance = instances[reader] as StageInstance;
    const dep = instance.deps.find((one) => [...index.owners(one.path)].some((owner) => owner.instance === producer));
    const name = (instances[producer] as StageInstance).name;
    return {
      at: dep?.at ?? instance.at,
      message: `"${instance.name}" reads "${dep?.path ?? '?'}", which "${name}" makes`,
    };
  });
  const shown = cycle.slice(0, MAX_EDGES);
  const names = [...shown, cycle[0] as number].map((at) => (instances[at] as StageInstance).name);
  if (shown.length < cycle.length) names.splice(-1, 0, `(${cycle.length - shown.length} more)` as InstanceName);
  diagnostics.add('cycle', edges[0]?.at ?? null, `these stages wait for each other: ${names.join(' -> ')}`, {
    related: edges.slice(0, MAX_EDGES),
    hint: 'no order can run them; one of these dependencies must go',
  });
}
