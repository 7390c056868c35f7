import { holderName, wayOut } from '../../base/locks/holder.ts';
import { lockKey, ProcessLocks } from '../../base/locks/process-locks.ts';
import { colorsFor } from '../../engine/console/format.ts';
import { sweepJsonRenderer, sweepRenderer } from '../../engine/console/sweep.ts';
import { plainRenderer } from '../../engine/console/plain.ts';
import { CodeReader } from '../../engine/planning/code/code-closure.ts';
import { ParamsReach } from '../../engine/planning/params-reach.ts';
import { madeBy } from '../../engine/planning/code/stage-code.ts';
import { runPipeline } from '../../engine/running/run.ts';
import { SharedMachine } from '../../engine/running/resources/shared-machine.ts';
import { StopSwitch } from '../../engine/running/stop.ts';
import { propose } from '../../engine/sweeps/proposals.ts';
import { runSweep, type SweepResult } from '../../engine/sweeps/run-sweep.ts';
import { settings, trialSettings } from '../../engine/sweeps/run-trial.ts';
import { SweepStop } from '../../engine/sweeps/sweep-stop.ts';
import { type ExitCode, exitCodes, UsageError } from '../exit-codes.ts';
import { MirrorProcess } from '../tracking/mirror-process.ts';
import { requireOpenFiles } from '../open-files.ts';
import { countOf, type OpenSweep, openSweep, type SweepOptions } from './open-sweep.ts';
import { machineFor, onSignals } from '../run.ts';
import { writeSweepReport } from './sweep-report.ts';

export interface SweepCommandOptions extends SweepOptions {
  readonly count?: number;
  readonly jobs?: number;
  readonly trial?: number;
  readonly shared?: boolean;
  readonly json?: boolean;
  readonly quiet?: boolean;
}

/** `pipeline sweep FILE`: runs the trials that the sweep does not have yet, and writes its report. */
export async function sweep(file: string, options: SweepCommandOptions): Promise<ExitCode> {
  requireOpenFiles();
  const open = openSweep(file, options);
  if (options.shared === true) return runShared(open, options);
  const { root, store, base, selection } = open;
  const count = countOf(open.sweep, options.count);
  await requireReach(open);
  const locks = ProcessLocks.open(root);
  const instances = selection.flatMap((name) => base.instances.get(name) ?? []);
  const shared = new SharedMachine(machineFor(instances, root, options));
  const stop = new SweepStop();
  const show = options.json === true ? sweepJsonRenderer(writeOut) : sweepRenderer(writeOut, reportOptions(options));
  const mirror = new MirrorProcess(root, show, process.env);
  onSignals(() => {
    if (stop.asked) mirror.giveUp();
    else show({ type: 'note', level: 'info', text: 'stopping all trials (Ctrl-C again ends at once)' });
    stop.stop();
  });
  let result: SweepResult;
  try {
    const holder = locks.tryLock(lockKey(`sweep ${store.directory}`));
    if (holder !== null) {
      const advice = wayOut(holder) || 'wait until it is done, or stop it';
      throw new UsageError(`${holderName(holder)} is running this sweep since ${holder.since}; ${advice}`);
    }
    locks.onLost = () => {
      const text = 'another process took over this sweep while this one gave no sign of life; stopping all trials';
      show({ type: 'note', level: 'warning', text });
      stop.stop();
    };
    store.open();
    result = await runSweep({
      ...open,
      count,
      only: options.trial ?? null,
      shared,
      stop,
      listener(event) {
        show(event);
        if (event.type === 'trial-event') mirror.note(event.event);
      },
    });
    writeSweepReport(open, store.read());
    if (options.json !== true) writeOut(`report: ${store.directory}/trials.md\n`);
  } finally {
    locks.close();
    await shared.close();
  }
  // Not sooner: while their hosts live, runs that were cut short do not count as over.
  await mirror.finish();
  return exitCodes[result];
}

/** Refuses a sweep whose trials would not see their values. What holds for the first trial holds for all. */
async function requireReach({ sweep: plan, store, draw, base, varying, openTrial }: OpenSweep): Promise<void> {
  const first = propose(plan, 0, [], draw);
  if (first === null || first === 'wait') return;
  const trial = { trial: 0, values: first.values };
  const { pipeline } = openTrial(trialSettings(trial, plan, store));
  const instances = [...varying].flatMap((name) => pipeline.instances.get(name) ?? []);
  await new ParamsReach(pipeline, new CodeReader(base.root, madeBy(pipeline))).require(instances);
}

/** `--shared`: only what is the same in all trials, so that trials on other machines find it in the cache. */
async function runShared(open: OpenSweep, options: SweepCommandOptions): Promise<ExitCode> {
  const { root, sweep: plan, store, selection, varying, openTrial } = open;
  const folder = `runs/sweeps/${store.identity.name}/shared`;
  const { pipeline, lockFile } = openTrial(
    settings({ run: folder, reports: `${folder}/reports`, ...plan.set }, plan.write),
  );
  const stop = new StopSwitch();
  const show = plainRenderer(writeOut, reportOptions(options));
  const mirror = new MirrorProcess(root, show, process.env);
  onSignals(() => {
    if (stop.signal.aborted) mirror.giveUp();
    stop.stop();
  });
  const result = await runPipeline(
    pipeline,
    selection.filter((name) => !varying.has(name)),
    {
      lockFile,
      machine: (instances) => machineFor(instances, root, options),
      keepGoing: false,
      save: true,
      stop,
      listener(event) {
        show(event);
        mirror.note(event);
      },
    },
  );
  await mirror.finish();
  return exitCodes[result];
}

function reportOptions({ quiet = false }: SweepCommandOptions): Parameters<typeof sweepRenderer>[1] {
  return { colors: colorsFor(process.stdout, process.env), quiet };
}

function writeOut(text: string): void {
  process.stdout.write(text);
}
