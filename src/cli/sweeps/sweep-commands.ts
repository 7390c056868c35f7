import { type Command, InvalidArgumentError, Option } from 'commander';
import type { ExitCode } from '../exit-codes.ts';
import { backendChoices, count } from '../options.ts';
import type { SweepCommandOptions } from './sweep.ts';
import type { SweepPlanOptions } from './sweep-plan.ts';

const help = `
The file is in W&B's sweep language; docs/sweeps.md. The same command goes on where an earlier one was stopped.
Examples:
  pipeline sweep params/sweeps/adversarial.yaml --count 12 -j 4
  pipeline sweep plan params/sweeps/adversarial.yaml
  pipeline sweep report params/sweeps/adversarial.yaml --check`;

/** Commands that try many values of params. */
export function addSweepCommands(program: Command, done: (code: ExitCode) => void): void {
  const sweep = program.command('sweep').description('try many values of params').addHelpText('after', help);

  addBackend(
    sweep
      .command('run', { isDefault: true })
      .description('run the trials that are missing, and write the report')
      .argument('<file>', 'sweep file, for example params/sweeps/adversarial.yaml')
      .option('--count <n>', 'trials that the sweep is to have in the end (default: run_cap, or the whole grid)', count)
      .option('-j, --jobs <n>', 'cores that all trials together may keep busy (default: all)', count)
      .option('--trial <n>', 'only this trial, from 0', index)
      .option('--shared', 'only what is the same in all trials')
      .option('--json', 'one JSON event a line')
      .option('-q, --quiet', 'only how trials end'),
  ).action(async (file: string, options: SweepCommandOptions) => {
    const { sweep: run } = await import('./sweep.ts');
    done(await run(file, options));
  });

  addBackend(
    sweep
      .command('plan')
      .description('say what trials there are, and run none')
      .argument('<file>', 'sweep file')
      .option('--count <n>', 'trials that the sweep is to have in the end', count)
      .addOption(
        new Option('--format <name>', 'github: a matrix of jobs').choices(['text', 'json', 'github']).default('text'),
      ),
  ).action(async (file: string, options: SweepPlanOptions) => {
    const { sweepPlan } = await import('./sweep-plan.ts');
    done(sweepPlan(file, options));
  });

  addBackend(
    sweep
      .command('report')
      .description('write the report again from the trials on disk')
      .argument('<file>', 'sweep file')
      .option('--check', 'write nothing, and say what does not follow from the trials'),
  ).action(async (file: string, options: { readonly check?: boolean; readonly backend?: string }) => {
    const { sweepReport } = await import('./sweep-report.ts');
    done(sweepReport(file, options));
  });
}

function addBackend(command: Command): Command {
  return command.addOption(new Option('-b, --backend <name>', 'set the param backend').choices(backendChoices));
}

function index(text: string): number {
  const value = Number(text);
  if (/^\d+$/.test(text) && Number.isSafeInteger(value)) return value;
  throw new InvalidArgumentError('Expected a whole number from 0.');
}
