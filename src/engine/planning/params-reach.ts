import { readFileSync, statSync } from 'node:fs';
import path from 'node:path';
import { type Diagnostic, PipelineError } from '../yaml/diagnostics.ts';
import type { HiddenParam, Pipeline, StageInstance } from '../stages/types.ts';
import type { CodeReader } from './code/code-closure.ts';
import { commandWords } from './code/command-words.ts';
import { filesOfCommand } from './code/command-programs.ts';
import { closuresOf, placeOf } from './code/stage-code.ts';

/** By these a program, or a command, says that it takes its params from the runner. */
const GIVEN = /\bPIPELINE_(?:CONTEXT|PARAMS)\b|\bstage-context\b/;
/**
 * What the code of a program holds that reads a params file: its name, the format or its reader, a word for such files. A
 * program whose code holds none of this, and all of whose code is known, cannot have read a value there.
 */
const READS = /param|ya?ml|conf|dvc|hydra/i;
/** Programs are smaller. */
const MAX_BYTES = 1024 * 1024;

/**
 * Tells which stages would not see the values that they are run for. A program that takes its params from the runner
 * sees all of them; one that opens its params file sees what stands there, whatever a profile or `-S` says.
 */
export class ParamsReach {
  readonly #code: CodeReader;
  readonly #hidden: NonNullable<Pipeline['hiddenParams']>;
  readonly #files = new Map<string, boolean>();

  constructor(pipeline: Pick<Pipeline, 'hiddenParams'>, code: CodeReader) {
    this.#code = code;
    this.#hidden = pipeline.hiddenParams ?? new Map();
  }

  /** The params that the instance's program would find with another value. */
  async hiddenFrom(instance: StageInstance): Promise<readonly HiddenParam[]> {
    const hidden = this.#hidden.get(instance.name) ?? [];
    if (hidden.length === 0 || instance.commands.some((command) => GIVEN.test(command))) return [];
    const closures = await closuresOf(instance, this.#code, { covered: true });
    for (const { parts } of closures.values()) if (this.#anySaysSo([...parts.keys()])) return [];
    return (await this.#cannotRead(instance, hidden)) ? [] : hidden;
  }

  /** Throws PipelineError that names each stage once, at the place where it names the first such param. */
  async require(instances: Iterable<StageInstance>): Promise<void> {
    const found = new Map<string, Diagnostic>();
    for (const instance of instances) {
      if (found.has(instance.stage)) continue;
      const hidden = await this.hiddenFrom(instance);
      if (hidden.length > 0) found.set(instance.stage, diagnosticOf(instance, hidden));
    }
    if (found.size > 0) throw new PipelineError([...found.values()]);
  }

  /** Whether all that the stage runs is known, and nothing of it could open a params file. */
  async #cannotRead(instance: StageInstance, hidden: readonly HiddenParam[]): Promise<boolean> {
    const names = hidden.flatMap(({ inFileAt }) => (inFileAt === null ? [] : [path.posix.basename(inFileAt.file)]));
    const isSuspect = (text: string): boolean =>
      READS.test(text) || names.some((name) => text.includes(name) || (name.endsWith('.json') && /json/i.test(text)));
    for (const command of instance.commands) {
      // Of a shell text with several commands, some may be programs that nobody knows.
      if (commandWords(command) === null || isSuspect(command)) return false;
      const { doubts } = filesOfCommand(command, placeOf(instance.wdir ?? '.', this.#code));
      if (doubts.length > 0) return false;
      const closures = await closuresOf({ ...instance, code: [], commands: [command] }, this.#code, { covered: true });
      if (closures.size === 0) return false;
      for (const { parts } of closures.values()) {
        for (const [part, state] of parts) if (!(await this.#isHarmless(part, state, isSuspect))) return false;
      }
    }
    return true;
  }

  async #isHarmless(part: string, state: string, isSuspect: (text: string) => boolean): Promise<boolean> {
    if (state === 'missing') return false;
    if (part.startsWith('package ')) return !isSuspect(part);
    if (/^(?:compilerOptions|module system) of /.test(part)) return true;
    const text = readCode(path.resolve(this.#code.root, part));
    if (text === '' || text.includes('\0') || isSuspect(text)) return false;
    const { files, calls } = await this.#code.unfollowed(part);
    return files.length + calls.length === 0;
  }

  #anySaysSo(files: readonly string[]): boolean {
    // The file of the engine that stages import answers for all the others.
    const contract = files.find((file) => file.endsWith('stage-context.ts'));
    if (contract !== undefined && this.#saysSo(contract)) return true;
    return files.some((file) => this.#saysSo(file));
  }

  #saysSo(file: string): boolean {
    const known = this.#files.get(file);
    if (known !== undefined) return known;
    const answer = withoutComments(readCode(path.resolve(this.#code.root, file))).some((line) => GIVEN.test(line));
    this.#files.set(file, answer);
    return answer;
  }
}

/** Empty for what is no readable text: parts of a closure may be packages, or missing. */
function readCode(file: string): string {
  try {
    const stat = statSync(file);
    return stat.isFile() && stat.size <= MAX_BYTES ? readFileSync(file, 'utf8') : '';
  } catch {
    return '';
  }
}

/** The lines without what follows `#` or `//`: a note about the variable is no use of it. */
function withoutComments(text: string): readonly string[] {
  return text.split('\n').map((line) => {
    const starts = ['#', '//'].map((mark) => line.indexOf(mark)).filter((at) => at !== -1);
    // `file://...` is part of an import.
    const start = starts.find((at) => line.charAt(at - 1) !== ':');
    return start === undefined ? line : line.slice(0, start);
  });
}

function diagnosticOf({ stage, at }: StageInstance, hidden: readonly HiddenParam[]): Diagnostic {
  const shown = hidden.slice(0, 3).map(({ key, value, inFile }) => {
    const there = inFile === undefined ? `no ${key}` : `${key}: ${short(inFile)}`;
    return `${there} in place of ${short(value)}`;
  });
  const more = hidden.length > 3 ? `, and ${hidden.length - 3} more` : '';
  const [first] = hidden;
  const place = first?.inFileAt ?? null;
  return {
    at: first?.namedAt ?? at,
    message: `"${stage}" would not see this run's params: in its params file it finds ${shown.join(', ')}${more}`,
    related: place === null ? [] : [{ message: 'the file has this value', at: place }],
    hint:
      `put \${${first?.key ?? 'name'}} into the command, or let the program read the file that PIPELINE_PARAMS names ` +
      '(where that cannot be seen, say so by meta: {reads_given_params: true}), or change the params file itself',
  };
}

function short(value: unknown): string {
  const json = JSON.stringify(value);
  return json.length > 40 ? `${json.slice(0, 37)}...` : json;
}
