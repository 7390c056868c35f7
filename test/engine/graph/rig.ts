import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { PipelineError, renderDiagnostics } from '../../../src/engine/yaml/diagnostics.ts';
import { loadPipeline } from '../../../src/engine/graph/load.ts';
import type { LoadOptions } from '../../../src/engine/graph/load.ts';
import { sourceReader } from '../../../src/engine/params/read-file.ts';
import type { InstanceName, Pipeline, StageInstance } from '../../../src/engine/stages/types.ts';

export type Files = Record<string, string>;

/** Runs `use` in a fresh directory that holds the files. */
export function inProject<T>(files: Files, use: (root: string) => T): T {
  const root = mkdtempSync(join(tmpdir(), 'pipeline-test-'));
  try {
    for (const [name, text] of Object.entries(files)) {
      mkdirSync(dirname(join(root, name)), { recursive: true });
      writeFileSync(join(root, name), text);
    }
    return use(root);
  } finally {
    rmSync(root, { recursive: true, force: true });
  }
}

/** The pipeline of a project; `files` may be the text of pipeline.yaml alone. */
export function load(files: Files | string, options: Omit<LoadOptions, 'root'> = {}): Pipeline {
  const all = typeof files === 'string' ? { 'pipeline.yaml': files } : files;
  return inProject(all, (root) => loadPipeline({ root, ...options }));
}

/** What the user reads about a project with mistakes. */
export function mistakes(files: Files | string, options: Omit<LoadOptions, 'root'> = {}): string {
  const all = typeof files === 'string' ? { 'pipeline.yaml': files } : files;
  return inProject(all, (root) => mistakesIn(root, options));
}

/** The same about a project that is there already. */
export function mistakesIn(root: string, options: Omit<LoadOptions, 'root'> = {}): string {
  try {
    loadPipeline({ root, ...options });
  } catch (error) {
    if (!(error instanceof PipelineError)) throw error;
    return renderDiagnostics(error.diagnostics, { color: false, readSource: sourceReader(root) });
  }
  return 'no mistakes';
}

export function instance(pipeline: Pipeline, name: string): StageInstance {
  const found = pipeline.instances.get(name as InstanceName);
  if (found === undefined) throw new Error(`no instance ${name} among ${[...pipeline.instances.keys()].join(', ')}`);
  return found;
}

/**
 * Text without its first line break and common indentation, so that YAML can stand indented in a test. `\${x}` is the
 * template `${x}`; every other backslash stays.
 */
export function text(strings: TemplateStringsArray): string {
  const [raw = ''] = strings.raw;
  const lines = raw.replace(/^\n/, '').split('\n');
  const indents = lines.filter((line) => line.trim() !== '').map((line) => line.length - line.trimStart().length);
  const indent = Math.min(...indents);
  return lines.map((line) => line.slice(indent).replaceAll('\\${', '${')).join('\n');
}

/** Exactly what the user reads. */
export function reads(files: Files | string, expected: string, options: Parameters<typeof mistakes>[1] = {}): void {
  assert.equal(mistakes(files, options), expected.trimEnd());
}
