import { resolve } from 'node:path';
import { DiagnosticList, PipelineError } from '../yaml/diagnostics.ts';
import { hasBearableSize } from '../yaml/document-size.ts';
import { kindOf } from '../yaml/node.ts';
import type { MapNode } from '../yaml/node.ts';
import { readNamed } from '../params/read-file.ts';
import type { Position } from '../yaml/values.ts';
import { suggestion } from '../../base/suggest.ts';
import { readYamlOrCopy } from '../yaml/yaml-reader.ts';
import type { DocumentCopies } from '../yaml/yaml-reader.ts';

interface DocumentOptions {
  /** Directory of pipeline.yaml. */
  readonly root: string;
  /** Default: `pipeline.yaml`. */
  readonly file?: string;
  /** Where copies of parsed files are kept. Default: every file is parsed. */
  readonly copies?: DocumentCopies;
}

/** pipeline.yaml as a map whose values know their places. Throws PipelineError when it is none. */
export function readDocument(
  { root, file = 'pipeline.yaml', copies }: DocumentOptions,
  diagnostics: DiagnosticList,
): MapNode {
  const source = readNamed(resolve(root), file, 'pipeline file', null, diagnostics);
  const node = source === null ? null : readYamlOrCopy(source.file, source.text, diagnostics, copies);
  if (node === 'empty' && source !== null) {
    const at: Position = { file: source.file, line: 1, column: 1, endColumn: 2 };
    diagnostics.add('empty', at, `${source.file} is empty; it must be a map with the key "stages"`);
  } else if (node !== null && node !== 'empty') {
    if (node.kind === 'map' && hasBearableSize(node, diagnostics)) return node;
    else if (node.kind !== 'map')
      diagnostics.add('root', node.at, `${file} must be a map with the key "stages", and is ${kindOf(node)}`);
  }
  throw new PipelineError(diagnostics.list());
}

/**
 * Reads only the names of the stages, those with a mistake included: neither params nor anything else is looked at.
 *
 * @throws PipelineError when pipeline.yaml cannot be read
 */
export function loadStageNames(options: DocumentOptions): string[] {
  const diagnostics = new DiagnosticList();
  const stages = readDocument(options, diagnostics).entries.get('stages')?.value;
  diagnostics.throwIfAny();
  return stages?.kind === 'map' ? [...stages.entries.keys()] : [];
}

/**
 * The name under the key `extension`, or null. Nothing else of the file is looked at.
 *
 * @throws PipelineError when pipeline.yaml cannot be read
 */
export function loadExtensionName(options: DocumentOptions): string | null {
  const diagnostics = new DiagnosticList();
  const source = readNamed(resolve(options.root), options.file ?? 'pipeline.yaml', 'pipeline file', null, diagnostics);
  // Most files have none, and need not be parsed a second time for that.
  if (source?.text.includes('extension') !== true) return null;
  const node = readDocument(options, diagnostics).entries.get('extension')?.value;
  return node?.kind === 'scalar' && typeof node.value === 'string' ? node.value : null;
}

/** Reports an extension that there is not. What is no text at all breaks the schema of pipeline.yaml. */
export function checkExtension(document: MapNode, known: readonly string[], diagnostics: DiagnosticList): void {
  const node = document.entries.get('extension')?.value;
  if (node?.kind !== 'scalar' || typeof node.value !== 'string' || known.includes(node.value)) return;
  const hint = suggestion(node.value, known);
  diagnostics.add('unknown-extension', node.at, `this program has no extension "${node.value}"`, { hint });
}
