import type { DiagnosticList } from '../yaml/diagnostics.ts';
import { kindOf } from '../yaml/node.ts';
import type { Entry, ScalarNode } from '../yaml/node.ts';
import type { Scope } from './scope.ts';
import { resolveValue } from './template.ts';
import type { Template } from './template.ts';

/** `true`, `false` or a template of either. */
export type Flag = boolean | Template;

/** Reads a flag; what the schema refuses, and what is not there, counts as `otherwise`. */
export function readFlag(entry: Entry | undefined, otherwise: boolean, template: (node: ScalarNode) => Template): Flag {
  if (entry?.value.kind !== 'scalar') return otherwise;
  const { value } = entry.value;
  if (typeof value === 'boolean') return value;
  return typeof value === 'string' ? template(entry.value) : otherwise;
}

/** The value of a flag; false after a diagnostic where its template gives neither true nor false. */
export function resolveFlag(flag: Flag, scope: Scope, diagnostics: DiagnosticList): boolean {
  if (typeof flag === 'boolean') return flag;
  const node = resolveValue(flag, scope, diagnostics)?.actual ?? null;
  if (node === null) return false;
  if (node.kind === 'scalar' && typeof node.value === 'boolean') return node.value;
  const related = node.at === null ? [] : [{ message: 'its value stands here', at: node.at }];
  const message = `${JSON.stringify(flag.node.value)} must be true or false, and is ${kindOf(node)}`;
  diagnostics.add('flag', flag.node.at, message, { related });
  return false;
}
