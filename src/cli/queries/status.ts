import { holderName, wayOut } from '../../base/locks/holder.ts';
import { runningProcesses } from '../../base/locks/holders.ts';
import { colorsFor } from '../../engine/console/format.ts';
import { jsonDocument } from '../../engine/console/json.ts';
import { planLines } from '../../engine/console/report.ts';
import { statusLines } from '../../engine/console/status-text.ts';
import { visible } from '../../engine/console/visible.ts';
import { selectInstances } from '../../engine/graph/select.ts';
import { groupPlan } from '../../engine/planning/grouped-reasons.ts';
import { allNotes, describeNote, type Note } from '../../engine/planning/notes.ts';
import { instancesOf, type PlanEntry } from '../../engine/planning/plan.ts';
import { describeReason } from '../../engine/planning/reasons.ts';
import { dryRun, nothingToDo } from '../../engine/running/run.ts';
import { type ExitCode, exitCodes } from '../exit-codes.ts';
import { print, terminalWidth } from '../output.ts';
import { findRoot } from '../find-root.ts';
import { cacheOptions, openProject, type ProjectOptions } from '../project.ts';

export interface StatusOptions extends ProjectOptions {
  readonly stage?: readonly string[];
  readonly single?: boolean;
  readonly full?: boolean;
  readonly exitCode?: boolean;
  readonly json?: boolean;
}

/** `pipeline status`: what is out of date, and every reason. */
export async function status(options: StatusOptions): Promise<ExitCode> {
  const { pipeline, lockFile } = openProject(findRoot(), options);
  const selection = selectInstances(pipeline, options.stage ?? [], { single: options.single ?? false });
  const plan = await dryRun(pipeline, selection, {
    lockFile,
    cache: cacheOptions(pipeline.root),
    listener: () => undefined,
  });
  const entries = [...plan.entries.values()];
  const notes = await allNotes(pipeline, instancesOf(plan.entries), plan.evaluator);
  if (options.json === true) process.stdout.write(`${jsonDocument(statusDocument(lockFile, entries, notes))}\n`);
  else print(`${[...statusText(entries, options.full ?? false), ...noteLines(notes)].join('\n')}\n`);
  for (const holder of options.json === true ? [] : runningProcesses(pipeline.root)) {
    const { pid, since, life } = holder;
    // Of this machine the number says enough.
    const who = life === 'alive' ? `process ${pid}` : holderName(holder);
    const text = [`${who} has been running here since ${since}`, wayOut(holder)]
      .filter((part) => part !== '')
      .join('; ');
    // Behind a command there is no full stop, which would be copied with it.
    const end = life === 'alive' ? '.' : '';
    print(`${visible(text.charAt(0).toUpperCase() + text.slice(1))}${end}\n`);
  }
  return options.exitCode === true && !nothingToDo(plan) ? exitCodes.failed : exitCodes.ok;
}

function statusText(entries: readonly PlanEntry[], full: boolean): string[] {
  const colors = colorsFor(process.stdout, process.env);
  if (!full) return statusLines(entries, { colors, width: terminalWidth(process.stdout) });
  const instances = entries.map(({ instance, action, reasons }) => ({ instance: instance.name, action, reasons }));
  return planLines({ type: 'plan', instances }, colors);
}

function noteLines(notes: readonly Note[]): string[] {
  const colors = colorsFor(process.stdout, process.env);
  return notes.map((note) => {
    const { found, advice } = describeNote(note);
    return colors.yellow(visible(`warning: ${found}; ${advice}`));
  });
}

function statusDocument(lockFile: string, entries: readonly PlanEntry[], notes: readonly Note[]): object {
  return {
    lockFile,
    groups: groupPlan(entries),
    instances: entries.map(({ instance, action, reasons }) => ({
      instance: instance.name,
      action,
      reasons: reasons.map((reason) => ({ ...reason, text: describeReason(reason) })),
    })),
    notes: notes.map((note) => ({ ...note, text: describeNote(note).found })),
  };
}
