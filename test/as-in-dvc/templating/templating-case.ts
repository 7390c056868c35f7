import type { Files } from '../../engine/graph/rig.ts';
import type { DvcCase, Difference } from '../case.ts';

/** A small project, and what becomes of its templates. */
export interface TemplatingCase extends DvcCase {
  readonly files: Files;
  /** The folder of pipeline.yaml; absent: the top. */
  readonly folder?: string;
  /** What is asked of each instance, or the message about a mistake. Where nothing differs, DVC gives this, too. */
  readonly gives: Instances | RegExp;
}

/** By the name of the instance; a text is its command. */
export type Instances = { readonly [instance: string]: string | Facts };

/** Those that the case is about. */
export interface Facts {
  readonly commands?: readonly string[];
  readonly wdir?: string;
  readonly deps?: readonly string[];
  readonly outs?: readonly string[];
  readonly persisted?: readonly string[];
  readonly params?: { readonly [key: string]: unknown };
  readonly item?: unknown;
  readonly frozen?: boolean;
}

interface Project {
  readonly vars?: string;
  readonly params?: string;
  /** The lines of a stage named `s`. */
  readonly stage?: string;
  /** All stages, where there is more than that one. */
  readonly stages?: string;
  /** More lines of pipeline.yaml. */
  readonly top?: string;
  readonly others?: Files;
}

/** Files of a project from their parts; values of params and vars are flow maps or lists of YAML. */
export function project({ vars, params, stage, stages, top, others = {} }: Project): Files {
  const all = stages ?? (stage === undefined ? '{}' : `s:\n${indented(stage)}`);
  const lines = [
    ...(vars === undefined ? [] : [`vars: ${vars}`]),
    ...(top === undefined ? [] : [top]),
    all === '{}' ? 'stages: {}' : `stages:\n${indented(all)}`,
  ];
  return {
    'pipeline.yaml': `${lines.join('\n')}\n`,
    ...(params === undefined ? {} : { 'params.yaml': params }),
    ...others,
  };
}

function indented(text: string): string {
  return text.replaceAll(/^/gm, '  ');
}

export function same(title: string, parts: Project, gives: TemplatingCase['gives']): TemplatingCase {
  return { title, files: project(parts), gives };
}

export function better(
  title: string,
  parts: Project,
  gives: TemplatingCase['gives'],
  words: Omit<Difference, 'verdict'>,
): TemplatingCase {
  return { ...same(title, parts, gives), differs: { verdict: 'better', ...words } };
}

export function different(
  title: string,
  parts: Project,
  gives: TemplatingCase['gives'],
  words: Omit<Difference, 'verdict'>,
): TemplatingCase {
  return { ...same(title, parts, gives), differs: { verdict: 'different', ...words } };
}
