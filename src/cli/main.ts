import { Command, CommanderError, InvalidArgumentError, Option } from 'commander';
import { colorsFor } from '../engine/console/format.ts';
import { PipelineError, renderDiagnostics } from '../engine/pipeline/diagnostics.ts';
import { sourceReader } from '../engine/pipeline/read-file.ts';
import { closest } from '../engine/pipeline/suggest.ts';
import { type ExitCode, exitCodes, UsageError } from './exit-codes.ts';
import { findRoot } from './project.ts';
import { addTracking } from './tracking.ts';
import type { RunCommandOptions } from './run.ts';
import type { StatusOptions } from './status.ts';

const help = `
Without a command, stages run: "run --help" lists the options of that.
Exit codes: 0 ok, 1 a stage failed, 2 a mistake in pipeline.yaml, params or the command line, 130 interrupted.`;

/** Runs the command line and returns the exit code. Each command's own code is loaded when it is called. */
export async function main(argv: readonly string[]): Promise<ExitCode> {
  let code: ExitCode = exitCodes.ok;
  const program = commands((result) => (code = result));
  try {
    await program.parseAsync([...argv], { from: 'user' });
    return code;
  } catch (error) {
    return report(error);
  }
}

function commands(done: (code: ExitCode) => void): Command {
  const program = new Command('pipeline')
    .description('Runs the stages of pipeline.yaml whose commands, params, inputs or code have changed.')
    .addHelpText('after', help)
    .exitOverride()
    .configureOutput({ outputError: (text, write) => write(text) });

  const runCommand = program
    .command('run', { isDefault: true })
    .description('bring stages up to date (the default command)')
    .argument('[nothing...]')
    .usage('[options]')
    .option('-s, --stage <name>', 'stage, instance or glob, with everything it needs; repeatable', collect)
    .option('--single', 'without what the stages need')
    .option('--downstream', 'also everything that needs the stages')
    .option('-f, --force', 'run even what is up to date')
    .option('-j, --jobs <n>', 'cores that may be busy at once (default: all)', count)
    .option('-k, --keep-going', 'after a failure go on with everything that does not need what failed')
    .option('-n, --dry-run', 'say what would run, and why')
    .option('--no-cache', 'neither take outputs from the cache nor put them there')
    .option('--json', 'one JSON event a line')
    .option('-q, --quiet', 'only failures and the summary')
    .action(async (words: readonly string[], options: RunCommandOptions) => {
      const [word] = words;
      if (word !== undefined) throw unknownCommand(word, program);
      const { run } = await import('./run.ts');
      done(await run(options));
    });

  const statusCommand = program
    .command('status')
    .description('say what is out of date, and every reason')
    .option('-s, --stage <name>', 'stage, instance or glob, with everything it needs; repeatable', collect)
    .option('--exit-code', 'exit with 1 when something is out of date')
    .option('--json', 'one JSON document')
    .action(async (options: StatusOptions) => {
      const { status } = await import('./status.ts');
      done(await status(options));
    });

  const logsCommand = program
    .command('logs')
    .description('print the full output of a stage as it ran last')
    .argument('<stage>', 'stage, instance or glob')
    .action(async (stage: string, options: RunCommandOptions) => {
      const { logs } = await import('./logs.ts');
      done(await logs(stage, options));
    });

  const dagCommand = program
    .command('dag')
    .description('draw the stages as a tree')
    .action(async (options: RunCommandOptions) => {
      const { dag } = await import('./dag.ts');
      done(dag(options));
    });

  addTracking(program, done);

  program
    .command('report')
    .description('the committed reports')
    .command('verify')
    .description('compute the committed tables again from the committed metrics, and compare')
    .argument('[profile...]', 'names below reports/ (default: all)')
    .action(async (profiles: readonly string[]) => {
      const { verify } = await import('./report.ts');
      done(await verify(profiles));
    });

  for (const command of [runCommand, statusCommand, logsCommand, dagCommand]) addProjectOptions(command);
  return program;
}

/** Every command that reads pipeline.yaml takes them, and means the same by them. */
function addProjectOptions(command: Command): void {
  command
    .option('-p, --params <file>', 'params file laid over the defaults; repeatable, later ones win', collect)
    .option('-S, --set <key=value>', 'set one param or variable; repeatable', collect)
    .addOption(
      new Option('-b, --backend <name>', 'set the param backend').choices(['auto', 'node-gpu', 'node', 'wasm']),
    );
}

function collect(value: string, before: readonly string[] = []): string[] {
  return [...before, value];
}

function count(text: string): number {
  const value = Number(text);
  if (Number.isInteger(value) && value > 0) return value;
  throw new InvalidArgumentError('Expected a whole number from 1.');
}

function unknownCommand(word: string, program: Command): UsageError {
  const names = program.commands.map((command) => command.name());
  const near = closest(word, names);
  const hint = near === null ? `Commands: ${names.join(', ')}.` : `Did you mean "${near}"?`;
  return new UsageError(`unknown command "${word}". ${hint} Stages are named with --stage.`);
}

const TOLD = ['UsageError', 'PlanError', 'LockError', 'ArtifactError', 'TrackingSettingsError', 'RunQueryError'];

/** Tells the user what they can mend; anything else is our own bug, and keeps its stack. */
function report(error: unknown): ExitCode {
  const colors = colorsFor(process.stderr, process.env);
  if (error instanceof CommanderError) return error.exitCode === 0 ? exitCodes.ok : exitCodes.usage;
  if (error instanceof PipelineError) {
    const options = { color: colors.isColorSupported, readSource: sourceReader(findRoot()) };
    process.stderr.write(`${renderDiagnostics(error.diagnostics, options)}\n`);
    return exitCodes.usage;
  }
  if (error instanceof Error && TOLD.includes(error.name)) {
    process.stderr.write(`${colors.red('error:')} ${error.message}\n`);
    return exitCodes.usage;
  }
  throw error;
}
