import { resolve } from 'node:path';
import type { DiagnosticList } from '../yaml/diagnostics.ts';
import { keysOf, partLocator } from '../yaml/node.ts';
import type { Entry, ListNode, MapNode, ScalarNode } from '../yaml/node.ts';
import { expandHome } from '../paths/paths.ts';
import { suggestion } from '../../base/suggest.ts';
import type { Position } from '../yaml/values.ts';

/** A params file that `vars` names, or some of its top-level keys (`file:key1,key2`). */
export interface VarsFile {
  readonly path: string;
  readonly at: Position | null;
  /** Null: the whole file. */
  readonly keys: readonly { readonly name: string; readonly at: Position | null }[] | null;
}

/** A variable that `vars` gives itself. */
export type InlineVariable = readonly [name: string, entry: Entry];

/** The files of a `vars` list, in order. */
export function varsFiles(vars: ListNode | null): readonly VarsFile[] {
  return (vars?.items ?? []).flatMap((item) =>
    item.kind === 'scalar' && typeof item.value === 'string' ? [varsFile(item, item.value)] : [],
  );
}

/** The inline variables of a `vars` list, in order. */
export function inlineVariables(vars: ListNode | null): readonly InlineVariable[] {
  return (vars?.items ?? []).flatMap((item) => (item.kind === 'map' ? [...item.entries] : []));
}

function varsFile(node: ScalarNode, text: string): VarsFile {
  const [path = '', ...rest] = text.split(':');
  const names = rest
    .join(':')
    .split(',')
    .map((name) => name.trim())
    .filter((name) => name !== '');
  const locate = partLocator(node);
  locate(`${path}${rest.length > 0 ? ':' : ''}`);
  const keys = names.map((name) => ({ name, at: locate(name) }));
  return { path, at: node.at, keys: keys.length === 0 ? null : keys };
}

/**
 * The files without what an earlier entry reads already. A whole file may be named again; keys that are read twice are
 * a mistake, as they are in dvc.yaml.
 */
export function distinctFiles(
  root: string,
  files: readonly VarsFile[],
  diagnostics: DiagnosticList,
): readonly VarsFile[] {
  const kept: VarsFile[] = [];
  for (const file of files) {
    const earlier = kept.filter(({ path }) => resolve(root, expandHome(path)) === resolve(root, expandHome(file.path)));
    const rest = earlier.reduce<VarsFile | null>(
      (left, before) => (left === null ? null : withoutRepeated(left, before, diagnostics)),
      file,
    );
    if (rest !== null) kept.push(rest);
  }
  return kept;
}

function withoutRepeated(file: VarsFile, before: VarsFile, diagnostics: DiagnosticList): VarsFile | null {
  if (file.keys === null && before.keys === null) return null;
  const related = [{ message: 'first read here', at: before.at }];
  if (before.keys === null || file.keys === null) {
    const message = `${file.path} is read as a whole and by keys; one of the two must go`;
    diagnostics.add('vars-again', file.at, message, { related });
    return null;
  }
  const known = new Set(before.keys.map(({ name }) => name));
  for (const { name, at } of file.keys) {
    if (known.has(name)) diagnostics.add('vars-again', at, `"${name}" of ${file.path} is read twice`, { related });
  }
  return { ...file, keys: file.keys.filter(({ name }) => !known.has(name)) };
}

/** The part of a document that `vars` asks for; null after a diagnostic for each key that is not there. */
export function selectKeys(document: MapNode, { path, keys }: VarsFile, diagnostics: DiagnosticList): MapNode | null {
  if (keys === null) return document;
  const entries = new Map<string, Entry>();
  let missing = false;
  for (const { name, at } of keys) {
    const entry = document.entries.get(name);
    if (entry !== undefined) entries.set(name, entry);
    else {
      missing = true;
      diagnostics.add(`vars-key ${name}`, at, `${path} has no top-level key "${name}"`, () => ({
        hint: suggestion(name, keysOf(document)),
      }));
    }
  }
  return missing ? null : { ...document, entries };
}
