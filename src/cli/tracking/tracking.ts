import type { Command } from 'commander';
import type { CommandLine } from '../options.ts';
import type { CompareOptions, RunsOptions } from './runs.ts';

/** Commands about runs that were tracked: looking at them, and uploading them. */
export function addTracking(program: Command, { done }: CommandLine): void {
  const runsCommand = program
    .command('runs')
    .description('list tracked runs: params that differ, metrics, duration, state')
    .option('--sort <key>', 'field, param or metric; "-key" puts the largest first', 'started')
    .option('--filter <condition>', 'such as stage=train or accuracy>0.5; repeatable', collect)
    .option('--json', 'one JSON document')
    .action(async (options: RunsOptions) => {
      const { runs } = await import('./runs.ts');
      done(runs(options));
    });

  runsCommand
    .command('show')
    .description('everything about one run')
    .argument('<run>', 'id, its beginning, or name (then the last run of that name)')
    .action(async (id: string, _options: unknown, command: Command) => {
      const { showRun } = await import('./runs.ts');
      done(showRun(id, command.optsWithGlobals()));
    });

  runsCommand
    .command('compare')
    .description('params that differ, metrics side by side, curves')
    .argument('<runs...>', 'ids or names')
    .option('--svg <file>', 'write the curves there')
    .action(async (ids: readonly string[], _options: unknown, command: Command) => {
      const { compareRuns } = await import('./runs.ts');
      done(compareRuns(ids, command.optsWithGlobals<CompareOptions>()));
    });

  program
    .command('sync')
    .description('upload runs recorded offline to Weights & Biases')
    .argument('[directory...]', 'run directories (default: all that are not uploaded yet)')
    .action(async (directories: readonly string[]) => {
      const { sync } = await import('./sync.ts');
      done(await sync(directories));
    });

  program.command('__mirror', { hidden: true }).action(async () => {
    const { mirror } = await import('./mirror.ts');
    done(await mirror());
  });
}

function collect(value: string, before: readonly string[] = []): string[] {
  return [...before, value];
}
