import type { Output } from './types.ts';

/**
 * Whether the store keeps the content of an output: all that is cached, and, as in DVC, metrics and plots in any case.
 * `cache: false` says that git has them, but git has only those that were committed: a run without them could not come
 * back when its params do.
 */
export function isKept({ cache, kind }: Pick<Output, 'cache' | 'kind'>): boolean {
  return cache || kind !== 'out';
}
