import { type Command, InvalidArgumentError, Option } from 'commander';

/** What `--backend` may name. */
export const backendChoices: readonly string[] = ['auto', 'node-gpu', 'node', 'wasm'];

/** Every command that reads pipeline.yaml takes them, and means the same by them. */
export function addProjectOptions(command: Command): Command {
  return command
    .option('-p, --params <file>', 'params file laid over the defaults; repeatable, later ones win', collect)
    .option('-S, --set <key=value>', 'set one param or variable; repeatable', collect)
    .addOption(new Option('-b, --backend <name>', 'set the param backend').choices(backendChoices));
}

/** The options of commands whose result is a table. */
export function addTableOptions(command: Command): Command {
  return command
    .option('--json', 'one JSON document')
    .option('--md', 'a Markdown table')
    .option('--csv', 'comma-separated values, nothing rounded');
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
