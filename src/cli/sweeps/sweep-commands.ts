import { type Command, InvalidArgumentError, Option } from 'commander';
import { addExamples, addExtensionOptions, type CommandLine, count } from '../options.ts';
import type { SweepCommandOptions } from './sweep.ts';
import type { SweepPlanOptions } from './sweep-plan.ts';
import type { SweepReportOptions } from './sweep-report.ts';

const help = `
The file is in W&B's sweep language; docs/sweeps.md. The same command continues where an earlier one was stopped.`;

/** Commands that try many values of params. */
export function addSweepCommands(program: Command, { extensions, done }: CommandLine): void {
  const sweep = program.command('sweep').description('try many values of params').addHelpText('after', help);
  addExamples(
    sweep,
    extensions,
    'sweep sweeps/rates.yaml --count 12 -j 4',
    'sweep plan sweeps/rates.yaml',
    'sweep report sweeps/rates.yaml --check',
  );

  addExtensionOptions(
    sweep
      .command('run', { isDefault: true })
      .description('run the trials that are missing, and write the report')
      .argument('<file>', 'sweep file, for example sweeps/rates.yaml')
      .option('--count <n>', 'trials that the sweep is to have in the end (default: run_cap, or the whole grid)', count)
      .option('-j, --jobs <n>', 'cores that all trials together may keep busy (default: all)', count)
      .option('--trial <n>', 'only this trial, from 0', index)
      .option('--shared', 'only what is the same in all trials')
      .option('--json', 'one JSON event a line')
      .option('-q, --quiet', 'only how trials end'),
    extensions,
  ).action(async (file: string, options: SweepCommandOptions) => {
    const { sweep: run } = await import('./sweep.ts');
    done(await run(file, { ...options, extensions }));
  });

  addExtensionOptions(
    sweep
      .command('plan')
      .description('say what trials there are, and run none')
      .argument('<file>', 'sweep file')
      .option('--count <n>', 'trials that the sweep is to have in the end', count)
      .addOption(
        new Option('--format <name>', 'github: a matrix of jobs').choices(['text', 'json', 'github']).default('text'),
      ),
    extensions,
  ).action(async (file: string, options: SweepPlanOptions) => {
    const { sweepPlan } = await import('./sweep-plan.ts');
    done(sweepPlan(file, { ...options, extensions }));
  });

  addExtensionOptions(
    sweep
      .command('report')
      .description('write the report again from the trials on disk')
      .argument('<file>', 'sweep file')
      .option('--check', 'write nothing, and say what does not follow from the trials'),
    extensions,
  ).action(async (file: string, options: SweepReportOptions) => {
    const { sweepReport } = await import('./sweep-report.ts');
    done(sweepReport(file, { ...options, extensions }));
  });
}

function index(text: string): number {
  const value = Number(text);
  if (/^\d+$/.test(text) && Number.isSafeInteger(value)) return value;
  throw new InvalidArgumentError('Expected a whole number from 0.');
}
