import { parse } from 'yaml';
import { gapMatcher } from '../paths/wildcards.ts';

/** For each stage what its metrics files are called, whatever the values of variables and matrix. */
export type MetricsPatterns = ReadonlyMap<string, readonly ((path: string) => boolean)[]>;

/**
 * Which outputs are metrics, by the text of a pipeline.yaml alone: every `${...}` may be any text. So an old revision can
 * be asked without its params, its code or its inputs. Text that is not YAML has no metrics.
 */
export function metricsPatterns(pipelineText: string): MetricsPatterns {
  const patterns = new Map<string, readonly ((path: string) => boolean)[]>();
  for (const [name, stage] of Object.entries(recordOf(recordOf(parsed(pipelineText))['stages']))) {
    const { metrics } = { ...recordOf(stage), ...recordOf(recordOf(stage)['do']) };
    patterns.set(name, pathsOf(metrics).map(toMatcher));
  }
  return patterns;
}

/** True when a stage of this instance declares the path as metrics. */
export function isMetrics(patterns: MetricsPatterns, instance: string, path: string): boolean {
  const [stage = instance] = instance.split('@', 1);
  return patterns.get(stage)?.some((isMeant) => isMeant(path)) ?? false;
}

function parsed(text: string): unknown {
  try {
    return parse(text);
  } catch {
    return null;
  }
}

/** A list of paths, or of maps from a path to its options. */
function pathsOf(metrics: unknown): string[] {
  const items: unknown[] = Array.isArray(metrics) ? metrics : [metrics];
  return items.flatMap((item) => (typeof item === 'string' ? [item] : Object.keys(recordOf(item))));
}

function toMatcher(template: string): (path: string) => boolean {
  return gapMatcher(template.split(/\$\{[^}]*\}/));
}

function recordOf(value: unknown): Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Record<string, unknown>) : {};
}
