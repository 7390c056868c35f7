import type { Pipeline } from '../engine/pipeline/types.ts';
import { type ExitCode, exitCodes } from './exit-codes.ts';
import { findRoot, openProject, type ProjectOptions } from './project.ts';

/** `pipeline dag`: the stages as a tree, each matrix folded to one line. */
export function dag(options: ProjectOptions): ExitCode {
  const { pipeline } = openProject(findRoot(), options);
  process.stdout.write(`${dagLines(pipeline).join('\n')}\n`);
  return exitCodes.ok;
}

/** A stage stands below the stages it depends on; what was drawn already is only named again. */
export function dagLines(pipeline: Pipeline): string[] {
  const counts = new Map<string, number>();
  const children = new Map<string, Set<string>>();
  const roots = new Set<string>();
  for (const [name, { stage }] of pipeline.instances) {
    counts.set(stage, (counts.get(stage) ?? 0) + 1);
    const upstream = pipeline.upstream.get(name) ?? [];
    if (upstream.length === 0) roots.add(stage);
    for (const other of upstream) {
      const parent = pipeline.instances.get(other)?.stage;
      if (parent === undefined || parent === stage) continue;
      children.set(parent, (children.get(parent) ?? new Set()).add(stage));
    }
  }
  const drawn = new Set<string>();
  const draw = (stage: string, first: string, rest: string): string[] => {
    const count = counts.get(stage) ?? 1;
    const label = `${first}${stage}${count > 1 ? ` (${count}x)` : ''}`;
    const below = [...(children.get(stage) ?? [])];
    if (drawn.has(stage)) return [below.length > 0 ? `${label} (see above)` : label];
    drawn.add(stage);
    return [
      label,
      ...below.flatMap((child, at) =>
        at === below.length - 1 ? draw(child, `${rest}└─ `, `${rest}   `) : draw(child, `${rest}├─ `, `${rest}│  `),
      ),
    ];
  };
  return [...roots].flatMap((stage) => draw(stage, '', ''));
}
