import { type Command, Option } from 'commander';
import type { DagOptions } from './dag.ts';
import type { DiffOptions } from './diff.ts';
import type { LogsOptions } from './logs.ts';
import type { MetricsOptions } from './metrics.ts';
import { addExamples, addProjectOptions, addTableOptions, collect, type CommandLine, count } from '../options.ts';
import type { ParamsOptions } from './params.ts';
import type { StatusOptions } from './status.ts';

/** Commands that only look: they change neither outputs nor the lock. Each loads its code when it is called. */
export function addQueries(program: Command, line: CommandLine): void {
  addStatus(program, line);
  addLogs(program, line);
  addDag(program, line);
  addDiff(program, line);
  addMetrics(program, line);
  addParams(program, line);
}

function addStatus(program: Command, line: CommandLine): void {
  const { extensions, done } = line;
  const command = program
    .command('status')
    .description('say what is out of date, and every reason')
    .option('-s, --stage <name>', 'stage, instance or glob, with everything it needs; repeatable', collect)
    .option('--single', 'without what the stages need')
    .option('--full', 'a line for each instance instead of one for each stage and reason')
    .option('--exit-code', 'exit with 1 when something is out of date')
    .option('--json', 'one JSON document')
    .action(async (options: StatusOptions) => {
      const { status } = await import('./status.ts');
      done(await status({ ...options, extensions }));
    });
  addExamples(addProjectOptions(command, line), extensions, 'status --stage train');
}

function addLogs(program: Command, line: CommandLine): void {
  const { extensions, done } = line;
  const command = program
    .command('logs')
    .description('print the full output of a stage as it ran last')
    .argument('<stage>', 'stage, instance or glob')
    .option('-n, --tail <lines>', 'only the last lines', count)
    .option('-f, --follow', 'go on with what a running instance prints, until it ends')
    .option('--json', 'one JSON document')
    .action(async (stage: string, options: LogsOptions) => {
      const { logs } = await import('./logs.ts');
      done(await logs(stage, { ...options, extensions }));
    });
  addExamples(addProjectOptions(command, line), extensions, 'logs train --tail 20', 'logs train@large --follow');
}

function addDag(program: Command, line: CommandLine): void {
  const { extensions, done } = line;
  const command = program
    .command('dag')
    .description('draw the stages as a tree or a picture')
    .option('-s, --stage <name>', 'stage, instance or glob, with everything it needs; repeatable', collect)
    .option('--full', 'every instance instead of one node for each stage')
    .addOption(
      new Option('--format <format>', 'how to draw').choices(['tree', 'mermaid', 'dot', 'svg']).default('tree'),
    )
    .option('-o, --output <file>', 'write to a file')
    .option('--json', 'one JSON document with nodes and edges')
    .action(async (options: DagOptions) => {
      const { dag } = await import('./dag.ts');
      done(dag({ ...options, extensions }));
    });
  addExamples(addProjectOptions(command, line), extensions, 'dag --format svg --output dag.svg');
}

function addDiff(program: Command, line: CommandLine): void {
  const { extensions, done } = line;
  const command = program
    .command('diff')
    .description('compare params and metrics with a git revision, or with another run')
    .argument('[revision...]', 'one: the workspace against it (default: HEAD); two: the second against the first')
    .option('--with <run>', 'compare with another run: a directory with a pipeline.lock')
    .option('--exit-code', 'exit with 1 when something differs')
    .action(async (revisions: readonly string[], options: DiffOptions) => {
      const { diff } = await import('./diff.ts');
      done(diff(revisions, { ...options, extensions }));
    });
  addExamples(addProjectOptions(addTableOptions(command), line), extensions, 'diff v1.0', 'diff --with reports/large');
}

function addMetrics(program: Command, line: CommandLine): void {
  const { extensions, done } = line;
  const command = program
    .command('metrics')
    .description('what stages measured')
    .command('show')
    .description('print every metrics file as a row')
    .option('-s, --stage <name>', 'stage, instance or glob; repeatable', collect)
    .option('-k, --key <key>', 'only this key; repeatable', collect)
    .option('--sort <key>', 'sort rows by a key')
    .option('--desc', 'the largest first')
    .action(async (options: MetricsOptions) => {
      const { showMetrics } = await import('./metrics.ts');
      done(showMetrics({ ...options, extensions }));
    });
  addExamples(
    addProjectOptions(addTableOptions(command), line),
    extensions,
    'metrics show --stage evaluate --sort accuracy --desc',
  );
}

function addParams(program: Command, line: CommandLine): void {
  const { extensions, done } = line;
  const command = program
    .command('params')
    .description('the params that a run would have')
    .command('show')
    .description('print the merged params, and where each value was set')
    .argument('[key...]', 'only these keys and what is below them')
    .action(async (keys: readonly string[], options: ParamsOptions) => {
      const { showParams } = await import('./params.ts');
      done(showParams(keys, { ...options, extensions }));
    });
  addExamples(addProjectOptions(addTableOptions(command), line), extensions, 'params show train -S train.batch=8');
}
