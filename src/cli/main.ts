import { accessSync, constants, readFileSync } from 'node:fs';
import path from 'node:path';
import { Command, CommanderError, InvalidArgumentError } from 'commander';
import { colorsFor } from '../engine/console/format.ts';
import { visibleLines } from '../engine/console/visible.ts';
import { engineHome } from '../engine/executors/engine-home.ts';
import { limitAdvice } from '../engine/executors/limit-advice.ts';
import { PipelineError, renderDiagnostics } from '../engine/yaml/diagnostics.ts';
import { sourceReader } from '../engine/params/read-file.ts';
import { closest } from '../base/suggest.ts';
import { type Amounts, parseAmounts } from '../engine/running/resources/amounts.ts';
import { type ExitCode, exitCodes, UsageError } from './exit-codes.ts';
import { addCacheCommands } from './cache/cache-commands.ts';
import { findExtension, type Registry } from './extension.ts';
import { findRoot } from './find-root.ts';
import { addExamples, addProjectOptions, collect, type CommandLine, count } from './options.ts';
import { addQueries } from './queries/queries.ts';
import { addTracking } from './tracking/tracking.ts';
import type { RunCommandOptions } from './run.ts';
import { addSweepCommands } from './sweeps/sweep-commands.ts';
import { addTools } from './tools.ts';

const help = `
Without a command, stages run: "run --help" lists the options of that.
Exit codes: 0 ok, 1 a stage failed, 2 a mistake in pipeline.yaml, params or the command line, 130 interrupted,
141 nobody reads a followed log any more.`;

/** Runs the command line and returns the exit code. Each command's own code is loaded when it is called. */
export async function main(argv: readonly string[], registry: Registry): Promise<ExitCode> {
  let code: ExitCode = exitCodes.ok;
  let complaint = '';
  const extensions = await findExtension(registry);
  const program = commands({ extensions, done: (result) => (code = result) }, (text) => (complaint += text));
  try {
    await program.parseAsync([...argv], { from: 'user' });
    return code;
  } catch (error) {
    // A pipeline.yaml that cannot be read does not say which options there are.
    const isUnknown = error instanceof CommanderError && error.code === 'commander.unknownOption';
    if (isUnknown && extensions.unreadable !== null) return report(extensions.unreadable);
    process.stderr.write(visibleLines(complaint));
    return report(error);
  }
}

/** @param complain takes what is wrong with the words of the command line */
function commands(line: CommandLine, complain: (text: string) => void): Command {
  const { extensions, done } = line;
  const program = new Command('pipeline')
    .description('Runs the stages of pipeline.yaml whose commands, params, inputs or code have changed.')
    .addHelpText('after', help)
    .option('-V, --version', 'print the version of this program and of Node')
    .on('option:version', () => {
      process.stdout.write(`${programVersion()} (Node ${process.version})\n`);
      throw new CommanderError(exitCodes.ok, 'commander.version', 'version');
    })
    .exitOverride()
    .configureOutput({ outputError: complain });

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
      done(await run({ ...options, extensions }));
    });

  addExamples(addProjectOptions(runCommand, line), extensions, 'run --stage train --params params/small.yaml -j 2');
  addQueries(program, line);

  addCacheCommands(program, line);

  addTracking(program, line);

  program
    .command('report')
    .description('the committed reports')
    .command('verify')
    .description('compute the committed tables again from the committed metrics, and compare')
    .argument('[name...]', 'names below reports/, of a run or as in sweeps/NAME of a sweep (default: all)')
    .option('--json', 'one JSON document')
    .action(async (profiles: readonly string[], options: { readonly json?: boolean }) => {
      const { verify } = await import('./report.ts');
      done(await verify(profiles, { ...options, extensions }));
    });

  addSweepCommands(program, line);
  addTools(program, line);
  addHelp(program);
  return program;
}

/** Commander's own prints the whole help for a command that there is not. */
function addHelp(program: Command): void {
  program.helpCommand(false);
  program
    .command('help')
    .description('display help for a command')
    .argument('[command...]')
    .action((words: readonly string[]) => {
      const found = words.reduce((command, word) => {
        const next = command.commands.find((one) => one.name() === word || one.aliases().includes(word));
        if (next === undefined) throw unknownCommand(word, command);
        return next;
      }, program);
      found.outputHelp();
    });
}

/** Read only where it is asked for. */
function programVersion(): string {
  const file = path.join(engineHome(), 'package.json');
  return (JSON.parse(readFileSync(file, 'utf8')) as { readonly version: string }).version;
}

function amounts(text: string): Amounts {
  try {
    return parseAmounts(text);
  } catch (error) {
    throw new InvalidArgumentError(error instanceof Error ? `${error.message}.` : String(error));
  }
}

function unknownCommand(word: string, program: Command): UsageError {
  const names = program.commands.map((command) => command.name()).filter((name) => !name.startsWith('__'));
  if (names.includes(word)) return new UsageError(`the command comes first: pipeline ${word} [options]`);
  const near = closest(word, names);
  const known =
    names.length === 0 ? `"${program.name()}" has no commands of its own.` : `Commands: ${names.join(', ')}.`;
  const hint = near === null ? known : `Did you mean "${near}"?`;
  const stages = program.parent === null ? ' Stages are named with --stage.' : '';
  return new UsageError(`unknown command "${word}". ${hint}${stages}`);
}

/** Errors that a person can mend: their messages say how. */
const mistakes: ReadonlySet<string> = new Set([
  'UsageError',
  'PlanError',
  'LockError',
  'ArtifactError',
  'VanishedError',
  'GitError',
  'LinkError',
  'RemoteError',
  'ReferencesError',
  'SweepError',
  'TrackingSettingsError',
  'RunQueryError',
  'ProcessLockError',
  'StateFolderError',
]);

/** Tells the user what they can mend; anything else is our own bug, and keeps its stack. */
function report(error: unknown): ExitCode {
  const colors = colorsFor(process.stderr, process.env);
  if (error instanceof CommanderError) return error.exitCode === 0 ? exitCodes.ok : exitCodes.usage;
  if (error instanceof PipelineError) {
    const options = { color: colors.isColorSupported, readSource: sourceReader(findRoot()) };
    process.stderr.write(`${renderDiagnostics(error.diagnostics, options)}\n`);
    return exitCodes.usage;
  }
  if (error instanceof Error && mistakes.has(error.name)) {
    process.stderr.write(`${colors.red('error:')} ${visibleLines(error.message)}\n`);
    return exitCodes.usage;
  }
  if (isRefused(error)) {
    process.stderr.write(`${colors.red('error:')} ${visibleLines(error.message)}\n${adviceFor(error)}\n`);
    return exitCodes.usage;
  }
  if (error instanceof Error && limitAdvice(error) !== '') {
    process.stderr.write(`${colors.red('error:')} ${visibleLines(error.message)}${limitAdvice(error)}\n`);
    return exitCodes.usage;
  }
  throw error;
}

function isRefused(error: unknown): error is NodeJS.ErrnoException {
  const codes = ['EACCES', 'EPERM', 'EROFS', 'ENOSPC', 'EDQUOT'];
  return error instanceof Error && codes.includes((error as NodeJS.ErrnoException).code ?? '');
}

/** The system says what it refused, but not whether it was to be read or written. */
function adviceFor({ code, syscall = '', path: file }: NodeJS.ErrnoException): string {
  const reads = ['scandir', 'opendir', 'stat', 'lstat', 'statfs', 'read', 'readlink', 'realpath'].includes(syscall);
  if (reads || (code === 'EACCES' && syscall === 'open' && file !== undefined && isClosed(file))) {
    return 'This user may not read it. Check who owns it, its mode and those of the folders around it, and run again.';
  }
  return 'The pipeline has to write into its project. Check permissions and free space, and run again.';
}

/** Whether something is there that this user may not read. */
function isClosed(file: string): boolean {
  try {
    accessSync(file, constants.R_OK);
    return false;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EACCES';
  }
}
