import { type Command, InvalidArgumentError, Option } from 'commander';
import type { ExitCode } from './exit-codes.ts';
import type { Extensions } from './extension.ts';

/** What commands are declared with. */
export interface CommandLine {
  readonly extensions: Extensions;
  /** Takes the exit code of the command that was called. */
  readonly done: (code: ExitCode) => void;
}

/** Every command that reads pipeline.yaml takes them, and means the same by them. */
export function addProjectOptions(command: Command, { extensions }: CommandLine): Command {
  command
    .option('-p, --params <file>', 'params file laid over the defaults; repeatable, later ones win', collect)
    .option('-S, --set <key=value>', 'set one param or variable; repeatable', collect);
  return addExtensionOptions(command, extensions);
}

/** The options of the project's extension: each is a short form of `-S`, and counts where it stands among those. */
export function addExtensionOptions(command: Command, { own }: Extensions): Command {
  for (const { param, short, choices } of own?.options ?? []) {
    const option = new Option(`-${short}, --${param} <name>`, `set the param ${param}`).choices(choices);
    command.addOption(option).on(`option:${param}`, (value: string) => {
      const before = command.getOptionValue('set') as readonly string[] | undefined;
      command.setOptionValue('set', collect(`${param}=${JSON.stringify(value)}`, before));
    });
  }
  return command;
}

/** The options of commands whose result is a table. */
export function addTableOptions(command: Command): Command {
  return command
    .option('--json', 'one JSON document')
    .option('--md', 'a Markdown table')
    .option('--csv', 'comma-separated values, nothing rounded');
}

/** Examples behind the options of --help: those of the extension, or else the general ones. */
export function addExamples(command: Command, { own }: Extensions, ...general: readonly string[]): Command {
  const names: string[] = [];
  for (let one = command; one.parent !== null; one = one.parent) names.unshift(one.name());
  return addExample(command, ...(own?.examples[names.join(' ')] ?? general));
}

/** An example behind the options of --help. */
export function addExample(command: Command, ...lines: readonly string[]): Command {
  const title = lines.length === 1 ? 'Example:' : 'Examples:';
  return command.addHelpText('after', `\n${title}\n${lines.map((line) => `  pipeline ${line}`).join('\n')}`);
}

export function collect(value: string, before: readonly string[] = []): string[] {
  return [...before, value];
}

/** A whole number from 1. */
export function count(text: string): number {
  const value = Number(text);
  if (Number.isInteger(value) && value > 0) return value;
  throw new InvalidArgumentError('Expected a whole number from 1.');
}
