import { ArtifactError } from '../files/artifact-error.ts';
import { everythingCounts } from '../files/ignore-rules.ts';
import type { Circumstances } from './circumstances.ts';
import { DiagnosticList, type RelatedPlace } from '../yaml/diagnostics.ts';
import { below, covers, filesMatching, walkOf } from '../paths/glob.ts';
import type { Glob } from '../paths/glob.ts';
import type { NamedInput } from '../stages/deps-by-name.ts';
import type { Draft } from '../stages/instantiate.ts';
import { canonicalCommands } from './locations-in-commands.ts';
import { InstanceNames, maySpeakOf } from './name-pattern.ts';
import type { OutputIndex } from './output-index.ts';
import { isOutside } from '../paths/paths.ts';
import { SamePlaces } from './same-place.ts';
import { suggestion } from '../../base/suggest.ts';
import type { Dependency, NamedDependency, Output, StageInstance } from '../stages/types.ts';
import type { Position } from '../yaml/values.ts';

/** Turns patterns into files and outputs, and `{stage: pattern}` into the outputs of the instances it means. */
export function resolveDependencies(
  drafts: readonly Draft[],
  index: OutputIndex,
  circumstances: Circumstances,
): readonly StageInstance[] {
  const { complete, diagnostics, switchedOff } = circumstances;
  const byName = new Map(drafts.map(({ instance }) => [instance.name, instance]));
  const names = new InstanceNames(byName.values());
  const expand = patternExpander(drafts, index, circumstances);
  // Mistakes have been told the first time.
  const pathsNow = (named: readonly NamedDependency[], self: number): string[] =>
    patternExpander(drafts, index, { ...circumstances, diagnostics: new DiagnosticList() })(named, self).map(
      ({ path }) => path,
    );
  const same = new SamePlaces(drafts, circumstances);
  const outputsOf = (pattern: string, at: Position): readonly Dependency[] => {
    const found = names.matching(pattern);
    if (found.length === 0 && complete && !switchedOff.some((stage) => maySpeakOf(pattern, stage))) {
      diagnostics.add('fan-in', at, `no stage or instance matches "${pattern}"`, () => ({
        hint: suggestion(pattern, [...byName.keys()]) ?? suggestion(pattern.split('@', 1)[0] ?? '', names.stages),
      }));
    }
    return found.flatMap((name) =>
      (byName.get(name)?.outs ?? []).map(({ path, canonical }) => ({ path, canonical, at })),
    );
  };
  return drafts.map((draft, self) => {
    const { instance, named, fanIn } = draft;
    if (draft.byName !== null) {
      const found = draft.byName.map((one) => ({ name: one.name, deps: meaningOf(one, draft, outputsOf, same) }));
      const deps = withoutOwnOutputs(unique(found.flatMap((one) => one.deps)), instance.outs);
      const depNames = new Map(found.flatMap(({ name, deps: own }) => (name === null ? [] : [[name, own]])));
      return settled(depNames.size === 0 ? { ...instance, deps } : { ...instance, deps, depNames });
    }
    const own = named === null ? instance.deps : expand(named, self);
    const resolved = named === null ? instance : { ...instance, matchAgain: () => pathsNow(named, self) };
    if (fanIn.length === 0) return settled({ ...resolved, deps: withoutOwnOutputs(unique(own), instance.outs) });
    const added = fanIn.flatMap(({ pattern, at }) => outputsOf(pattern, at));
    return settled({ ...resolved, deps: withoutOwnOutputs(unique([...own, ...added]), instance.outs) });
  });
}

/** The paths that a dependency under a name means; none after a diagnostic, and for a stage that is switched off. */
function meaningOf(
  input: NamedInput,
  draft: Draft,
  outputsOf: (pattern: string, at: Position) => readonly Dependency[],
  same: SamePlaces,
): readonly Dependency[] {
  switch (input.kind) {
    case 'path':
      return [input.dep];
    case 'stage':
      return outputsOf(input.pattern, input.at);
    case 'same': {
      const out = same.outOf(input.pattern, draft, input.at);
      return out === null ? [] : [{ path: out.path, canonical: out.canonical, at: input.at }];
    }
  }
}

/** A directory that a stage reads may hold what it makes: that is passed over, as in patterns. */
function withoutOwnOutputs(deps: readonly Dependency[], outs: readonly Output[]): readonly Dependency[] {
  return deps.map((dep) => {
    const own = isOutside(dep.path) ? [] : outs.filter(({ path }) => below(path, dep.path) !== null);
    return own.length === 0 ? dep : { ...dep, without: own.map(({ path }) => path).sort() };
  });
}

/** An instance whose paths are complete: now its commands can be told from the places in them. */
function settled(instance: StageInstance): StageInstance {
  const commands = canonicalCommands(instance);
  return commands === instance.canonicalCommands ? instance : { ...instance, canonicalCommands: commands };
}

/** A path that is both named and part of a fan-in is one dependency. */
function unique(deps: readonly Dependency[]): readonly Dependency[] {
  if (deps.length < 2) return deps;
  const paths = new Set<string>();
  return deps.filter(({ path }) => !paths.has(path) && paths.add(path));
}

type Expander = (named: readonly NamedDependency[], self: number) => readonly Dependency[];

/** Goes through the list in order, as git goes through .gitignore: what comes later adds to or takes from what is there. */
function patternExpander(drafts: readonly Draft[], index: OutputIndex, circumstances: Circumstances): Expander {
  const { exists, diagnostics } = circumstances;
  const onDisk = new Map<string, readonly string[] | null>();
  const filesOf = ({ glob, at }: { readonly glob: Glob; readonly at: Position }): readonly string[] | null => {
    const key = `${glob.base}\0${glob.segments.join('/')}`;
    const known = onDisk.get(key);
    if (known !== undefined) return known;
    const files = tryMatching(glob, at, circumstances);
    onDisk.set(key, files);
    return files;
  };
  const ownersOf = (path: string): number[] => Array.from(index.owners(path), ({ instance }) => instance);

  const isOutput = (path: string): boolean =>
    !isOutside(path) &&
    Array.from(index.owners(path)).some(
      ({ instance, output }) => drafts[instance]?.instance.outs[output]?.path === path,
    );

  return (named, self) => {
    const found = new Map<string, Dependency>();
    /** What counts as a whole: nothing can be taken out of it. */
    const whole = new Set<string>();
    for (const one of named) {
      if (one.kind === 'except') {
        takeAway(one, found, whole, circumstances);
        continue;
      }
      const literal = one.kind === 'path' ? one : one.literal;
      if (one.kind === 'path' || exists(literal.path) || isOutput(literal.path)) {
        found.set(literal.path, { path: literal.path, canonical: literal.canonical, at: literal.at });
        whole.add(literal.path);
        continue;
      }
      let matched = 0;
      for (const owner of outputsMatching(one.glob, index)) {
        const output = drafts[owner.instance]?.instance.outs[owner.output];
        if (output === undefined) continue;
        matched++;
        // A stage's own outputs are never among its inputs.
        if (owner.instance === self) continue;
        found.set(output.path, { path: output.path, canonical: output.canonical, at: one.at });
        whole.add(output.path);
      }
      const files = filesOf(one);
      if (files === null) continue;
      for (const inside of files) {
        const path = joined(one.glob.base, inside);
        matched++;
        if (ownersOf(path).length > 0) continue;
        found.set(path, { path, canonical: joined(one.glob.canonicalBase, inside), at: one.at });
      }
      if (matched === 0 && circumstances.complete) reportNoMatch(one, self, circumstances);
    }
    return [...found.values()];
  };

  function reportNoMatch(
    { glob, at }: Extract<NamedDependency, { kind: 'pattern' }>,
    self: number,
    { exists: is }: Circumstances,
  ): void {
    diagnostics.add('pattern', at, `"${glob.text}" matches no file, and no output of a stage`, {
      related: originsIn(drafts[self], at, circumstances),
      hint: is(glob.base)
        ? matchesIgnored(glob, circumstances.root)
          ? 'files that match do not count: a line with ! in .pipelineignore takes them back'
          : 'wildcards leave out names that begin with a dot; a name that holds *, ?, [ or { itself needs a backslash before it'
        : `the directory "${glob.base}" does not exist`,
    });
  }
}

/** Where the values in an instance's dependency were set. */
export function originsIn(draft: Draft | undefined, at: Position, { originsAt }: Circumstances): RelatedPlace[] {
  if (draft === undefined) return [];
  const { shared, own } = originsAt(at, draft.scope);
  return [...shared, ...own];
}

/** Outputs that match, and outputs that hold what the pattern points at: which of their files match is known too late. */
function outputsMatching(glob: Glob, index: OutputIndex): ReturnType<OutputIndex['reached']> {
  return index.reached(glob.base, walkOf(glob));
}

/** The files that match, or null after a diagnostic where they cannot be told. */
function tryMatching(glob: Glob, at: Position, { root, diagnostics }: Circumstances): readonly string[] | null {
  try {
    return filesMatching(root, glob);
  } catch (error) {
    if (!(error instanceof ArtifactError)) throw error;
    diagnostics.add('unreadable', at, `what "${glob.text}" matches cannot be told: ${error.message}`);
    return null;
  }
}

function matchesIgnored(glob: Glob, root: string): boolean {
  try {
    return filesMatching(root, glob, everythingCounts).length > 0;
  } catch {
    return false;
  }
}

function takeAway(
  { glob, at }: Extract<NamedDependency, { kind: 'except' }>,
  found: Map<string, Dependency>,
  whole: Set<string>,
  { diagnostics }: Circumstances,
): void {
  for (const path of [...found.keys()]) {
    if (covers(glob, path)) {
      found.delete(path);
      whole.delete(path);
    } else if (whole.has(path) && (path === glob.base || below(glob.base, path) !== null)) {
      diagnostics.add('except', at, `"!${glob.text}" cannot take anything out of "${path}", which counts as a whole`, {
        hint: `if no stage makes it as one output, write "${path}/**", which is taken file by file`,
      });
    }
  }
}

function joined(base: string, inside: string): string {
  if (base === '.') return inside;
  return base.endsWith('/') ? base + inside : `${base}/${inside}`;
}
