import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { parse } from 'yaml';
import { PipelineError } from '../yaml/diagnostics.ts';
import { loadParams, type LoadOptions } from '../graph/load.ts';
import { toValue } from '../yaml/node.ts';
import { parseLock } from '../planning/read-lock.ts';
import { type FlatValues, flatten } from './flat-values.ts';
import { GitError, type GitReader } from './git.ts';
import { readingProblems, readMetrics } from './metrics-files.ts';
import { metricsPatterns } from './metrics-patterns.ts';
import { metricsText } from './metrics-text.ts';
import { lockedMetrics, type Snapshot } from './snapshot.ts';

export interface RevisionOptions extends Pick<LoadOptions, 'set' | 'resolveParams'> {
  readonly root: string;
  /** Relative to the root. */
  readonly profiles: readonly string[] | undefined;
  /** Relative to the root. */
  readonly lockFile: string;
}

/**
 * The project at a commit: its params files merged as a run would merge them, and the metrics files that its lock
 * records.
 *
 * @throws GitError when there is no pipeline.yaml or profile at the commit, PipelineError when its params are wrong
 */
export function revisionSnapshot(git: GitReader, revision: string, options: RevisionOptions): Snapshot {
  const commit = git.commit(revision);
  const text = git.read(commit, ['pipeline.yaml']).get('pipeline.yaml')?.toString('utf8');
  if (text === undefined)
    throw new GitError(`there is no pipeline.yaml at ${revision}, so there is nothing to compare with`);
  const params = paramsAt(git, revision, commit, text, options);
  const lock = git.read(commit, [options.lockFile]).get(options.lockFile)?.toString('utf8');
  if (lock === undefined) {
    const problems = [`${options.lockFile} is not committed at ${revision}, so no metrics can be compared with it`];
    return { label: revision, params, metrics: new Map(), problems };
  }
  const places = lockedMetrics(parseLock(lock, `${revision}:${options.lockFile}`), metricsPatterns(text));
  const contents = git.read(
    commit,
    places.map((place) => place.path),
  );
  const reading = readMetrics(places, (file) => {
    const bytes = contents.get(file);
    return bytes === undefined ? null : metricsText(bytes);
  });
  return {
    label: revision,
    params,
    metrics: new Map(reading.files.map((file) => [file.path, file.values])),
    problems: readingProblems(reading).map((problem) => `${revision}: ${problem}`),
  };
}

/** Puts pipeline.yaml and the params files of a commit into a folder of their own, and merges them there. */
function paramsAt(
  git: GitReader,
  revision: string,
  commit: string,
  text: string,
  { profiles, set, resolveParams }: RevisionOptions,
): FlatValues {
  const named = [...namedFiles(text), ...(profiles ?? [])].filter((file) => !path.isAbsolute(file));
  const files = git.read(commit, [...new Set(['params.yaml', ...named])]);
  const missing = profiles?.find((profile) => !files.has(profile));
  if (missing !== undefined) {
    throw new GitError(
      `${missing} does not exist at ${revision}. Name a profile that does, or compare with another run (--with).`,
    );
  }
  const folder = mkdtempSync(path.join(tmpdir(), 'pipeline-revision-'));
  try {
    for (const [file, bytes] of [...files, ['pipeline.yaml', text] as const]) {
      const target = path.join(folder, file);
      if (path.relative(folder, target).startsWith('..')) continue;
      mkdirSync(path.dirname(target), { recursive: true });
      writeFileSync(target, bytes);
    }
    const document = loadParams({
      root: folder,
      // Values of another time need not satisfy what a schema says now.
      schemas: false,
      ...(profiles === undefined ? {} : { profiles: profiles.map((profile) => path.join(folder, profile)) }),
      ...(set === undefined ? {} : { set }),
      ...(resolveParams === undefined ? {} : { resolveParams }),
    });
    return flatten(toValue(document));
  } catch (error) {
    if (!(error instanceof PipelineError)) throw error;
    const [first] = error.diagnostics;
    throw new GitError(`the params at ${revision} cannot be merged: ${first?.message ?? error.message}`);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** The params files that a pipeline.yaml names in `vars` and `params`. */
function namedFiles(text: string): string[] {
  let document: unknown;
  try {
    document = parse(text);
  } catch {
    return [];
  }
  const { vars, params } = (document ?? {}) as { vars?: unknown; params?: unknown };
  const strings = (list: unknown): string[] =>
    Array.isArray(list) ? list.filter((item): item is string => typeof item === 'string') : [];
  // `file:key1,key2` reads a part of the file.
  return [...strings(vars).map((item) => item.replace(/:.*/, '')), ...strings(params)];
}
