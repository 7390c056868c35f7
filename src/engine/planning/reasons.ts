import type { Value } from '../yaml/values.ts';

/** Why an instance does not count as up to date. */
export type Reason =
  | { readonly type: 'forced' }
  | { readonly type: 'always-changed' }
  | { readonly type: 'never-ran' }
  | { readonly type: 'command-changed'; readonly from: string; readonly to: string }
  | { readonly type: 'wdir-changed'; readonly from: string; readonly to: string }
  | { readonly type: 'param-changed'; readonly key: string; readonly from: Value; readonly to: Value }
  | { readonly type: 'param-added' | 'param-removed'; readonly key: string }
  | { readonly type: 'env-changed'; readonly name: string; readonly from: string | null; readonly to: string | null }
  | { readonly type: 'env-added' | 'env-removed'; readonly name: string }
  | {
      readonly type: 'dep-name-changed';
      readonly name: string;
      readonly from: readonly string[];
      readonly to: readonly string[];
    }
  | { readonly type: 'dep-changed' | 'dep-added' | 'dep-removed'; readonly path: string }
  | {
      readonly type: 'code-changed' | 'code-added' | 'code-removed';
      readonly entry: string;
      readonly parts: readonly string[];
    }
  | { readonly type: 'inputs-changed' }
  | { readonly type: 'output-missing' | 'output-changed'; readonly path: string }
  | { readonly type: 'upstream'; readonly instances: readonly string[] }
  | { readonly type: 'corrupt-object'; readonly digest: string };

/** The reason in words, without a full stop. */
export function describeReason(reason: Reason): string {
  switch (reason.type) {
    case 'forced':
      return 'forced';
    case 'always-changed':
      return 'always runs (always_changed)';
    case 'never-ran':
      return 'never ran';
    case 'command-changed':
      return `command changed from "${reason.from}" to "${reason.to}"`;
    case 'wdir-changed':
      return `wdir changed from ${reason.from} to ${reason.to}`;
    case 'param-changed':
      return `params ${reason.key} changed from ${show(reason.from)} to ${show(reason.to)}`;
    case 'param-added':
      return `params ${reason.key} added`;
    case 'param-removed':
      return `params ${reason.key} removed`;
    case 'env-changed':
      return `env ${reason.name} changed from ${showVariable(reason.from)} to ${showVariable(reason.to)}`;
    case 'env-added':
      return `env ${reason.name} added`;
    case 'env-removed':
      return `env ${reason.name} removed`;
    case 'dep-name-changed':
      return `dep named ${reason.name} changed from ${listedOrNothing(reason.from)} to ${listedOrNothing(reason.to)}`;
    case 'dep-changed':
      return `dep ${reason.path} changed`;
    case 'dep-added':
      return `dep ${reason.path} added`;
    case 'dep-removed':
      return `dep ${reason.path} removed`;
    case 'code-changed': {
      const others = reason.parts.filter((part) => part !== reason.entry);
      if (others.length === 0) return `code ${reason.entry} changed`;
      const shown = others.slice(0, 3).join(', ');
      const more = others.length > 3 ? ` and ${others.length - 3} more` : '';
      return `code ${shown}${more} changed (imported by ${reason.entry})`;
    }
    case 'code-added':
      return `code ${reason.entry} added`;
    case 'code-removed':
      return `code ${reason.entry} removed`;
    case 'inputs-changed':
      return 'what enters the fingerprint changed';
    case 'output-missing':
      return `output ${reason.path} is missing`;
    case 'output-changed':
      return `output ${reason.path} changed on disk`;
    case 'upstream':
      return `waits for ${listed(reason.instances)}`;
    case 'corrupt-object':
      return `object ${reason.digest.slice(0, 12)} in the cache is corrupt`;
  }
}

function listedOrNothing(paths: readonly string[]): string {
  return paths.length === 0 ? 'nothing' : listed(paths);
}

function listed(names: readonly string[]): string {
  const shown = names.slice(0, 3).join(', ');
  return names.length > 3 ? `${shown} and ${names.length - 3} more` : shown;
}

function showVariable(value: string | null): string {
  return value === null ? '(not set)' : show(value);
}

function show(value: Value): string {
  const text = JSON.stringify(value);
  return text.length > 60 ? `${text.slice(0, 57)}...` : text;
}
