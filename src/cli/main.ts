import { Command, CommanderError, InvalidArgumentError, Option } from 'commander';
import { colorsFor } from '../engine/console/format.ts';
import { bytesExamples, parseBytes } from '../engine/pipeline/bytes.ts';
import { PipelineError, renderDiagnostics } from '../engine/pipeline/diagnostics.ts';
import { sourceReader } from '../engine/pipeline/read-file.ts';
import { closest } from '../engine/pipeline/suggest.ts';
import { type Amounts, parseAmounts } from '../engine/running/amounts.ts';
import { type ExitCode, exitCodes, UsageError } from './exit-codes.ts';
import { findRoot } from './project.ts';
import type { GcOptions } from './gc.ts';
import type { RunCommandOptions } from './run.ts';
import type { StatusOptions } from './status.ts';
import { addSweepCommands } from './sweep-commands.ts';
import type { TransferOptions } from './transfer.ts';

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
    .option('--downstream', 'with everything that needs the stages, without what they need')
    .option('-f, --force', 'run even what is up to date')
    .option('--from <name>', 'run this stage and everything downstream of it again; repeatable', collect)
    .option('-j, --jobs <n>', 'cores that may be busy at once (default: all)', count)
    .option('--resources <list>', 'what there is to share, as in gpus=2,memory=8GB,licence=1', amounts)
    .option('-k, --keep-going', 'after a failure go on with everything that does not need what failed')
    .option('-n, --dry-run', 'say what would run, and why')
    .option('--no-cache', 'neither take outputs from the cache nor put them there')
    .option('--pull', 'take what the cache lacks from the remote (cache.remote of the machine settings)')
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

  program
    .command('gc')
    .description('remove from the cache what no lock file (workspace, branches, tags, stash) and no recent run needs')
    .option('--older-than <age>', 'only what is older, such as 30d, 12h or 0d (default: 30d, with --max-size 0d)', age)
    .option('--max-size <size>', 'only until the cache is no larger, such as 20GB, the oldest first', bytes)
    .option('-n, --dry-run', 'say what would go, and remove nothing')
    .option('--json', 'one JSON document')
    .action(async (options: GcOptions) => {
      const { gc } = await import('./gc.ts');
      done(gc(options));
    });

  const transfers = (['push', 'pull'] as const).map((name) =>
    program
      .command(name)
      .description(
        name === 'push'
          ? 'copy what the lock file refers to into the remote (cache.remote of the machine settings)'
          : 'fetch what the lock file refers to from the remote, and put missing outputs in place',
      )
      .option('--json', 'one JSON document')
      .action(async (options: TransferOptions) => {
        const transfer = await import('./transfer.ts');
        done(await transfer[name](options));
      }),
  );

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

  addSweepCommands(program, done);

  for (const command of [runCommand, statusCommand, logsCommand, dagCommand, ...transfers]) addProjectOptions(command);
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

function amounts(text: string): Amounts {
  try {
    return parseAmounts(text);
  } catch (error) {
    throw new InvalidArgumentError(error instanceof Error ? `${error.message}.` : String(error));
  }
}

/** `30d` as ms. */
function age(text: string): number {
  const match = /^(\d+(?:\.\d+)?)([dhms])$/.exec(text);
  const unit = { d: 86_400_000, h: 3_600_000, m: 60_000, s: 1000 }[match?.[2] ?? ''];
  if (match !== null && unit !== undefined) return Number(match[1]) * unit;
  throw new InvalidArgumentError('Expected a number with a unit: 30d, 12h, 90m or 45s.');
}

function bytes(text: string): number {
  const value = parseBytes(text);
  if (value !== null) return value;
  throw new InvalidArgumentError(`Expected a size: ${bytesExamples}.`);
}

function unknownCommand(word: string, program: Command): UsageError {
  const names = program.commands.map((command) => command.name());
  const near = closest(word, names);
  const hint = near === null ? `Commands: ${names.join(', ')}.` : `Did you mean "${near}"?`;
  return new UsageError(`unknown command "${word}". ${hint} Stages are named with --stage.`);
}

/** Tells the user what they can mend; anything else is our own bug, and keeps its stack. */
function report(error: unknown): ExitCode {
  const colors = colorsFor(process.stderr, process.env);
  if (error instanceof CommanderError) return error.exitCode === 0 ? exitCodes.ok : exitCodes.usage;
  if (error instanceof PipelineError) {
    const options = { color: colors.isColorSupported, readSource: sourceReader(findRoot()) };
    process.stderr.write(`${renderDiagnostics(error.diagnostics, options)}\n`);
    return exitCodes.usage;
  }
  if (
    error instanceof Error &&
    [
      'UsageError',
      'PlanError',
      'LockError',
      'ArtifactError',
      'LinkError',
      'RemoteError',
      'ReferencesError',
      'SweepError',
    ].includes(error.name)
  ) {
    process.stderr.write(`${colors.red('error:')} ${error.message}\n`);
    return exitCodes.usage;
  }
  if (isRefusedWrite(error)) {
    const advice = 'The pipeline has to write into its project. Check permissions and free space, and run again.';
    process.stderr.write(`${colors.red('error:')} ${error.message}\n${advice}\n`);
    return exitCodes.usage;
  }
  throw error;
}

function isRefusedWrite(error: unknown): error is NodeJS.ErrnoException {
  const codes = ['EACCES', 'EPERM', 'EROFS', 'ENOSPC', 'EDQUOT'];
  return error instanceof Error && codes.includes((error as NodeJS.ErrnoException).code ?? '');
}
