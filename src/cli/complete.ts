import { existsSync, readdirSync } from 'node:fs';
import path from 'node:path';
import type { Argument, Command, Option } from 'commander';
import { lockInventory } from '../base/locks/holders.ts';
import { GitReader } from '../engine/comparing/git.ts';
import { flatten } from '../engine/comparing/flat-values.ts';
import { loadStageNames } from '../engine/graph/pipeline-document.ts';
import { TextCopies } from '../engine/store/text-copies.ts';
import { toValue } from '../engine/yaml/node.ts';
import { visible } from '../engine/console/visible.ts';
import type { Extensions } from './extension.ts';
import { findRoot } from './find-root.ts';
import { openParams, openProject, type ProjectOptions } from './project.ts';

/** A word that could stand at the cursor, and what it means. */
export interface Candidate {
  readonly word: string;
  readonly meaning: string;
}

/** What only the project can tell; each answers with nothing where it cannot. */
export interface Sources {
  /** Stages, and once an `@` has been typed also instances. */
  stages(typed: string): readonly string[];
  /** Params files and directories below what has been typed. */
  paramsFiles(typed: string): readonly string[];
  paramKeys(): readonly string[];
  revisions(): readonly string[];
  /** Directories below reports/ that hold a lock. */
  runs(): readonly string[];
  /** Ids of those that hold locks of processes. */
  holders(): readonly string[];
}

/**
 * What could stand in place of the last word. An empty list lets the shell offer files.
 *
 * @param words what has been typed after the program's name; the last one, perhaps empty, is at the cursor
 */
export function candidates(program: Command, words: readonly string[], sources: Sources): readonly Candidate[] {
  const typed = words.at(-1) ?? '';
  const { command, rest, default: isDefault } = commandOf(program, words.slice(0, -1));
  const equals = /^(--[\w-]+)=(.*)$/s.exec(typed);
  const given = equals === null ? optionAwaitingValue(command, rest) : optionNamed(command, equals[1] ?? '');
  if (given !== null) {
    const [prefix, value] = equals === null ? ['', typed] : [`${equals[1] ?? ''}=`, equals[2] ?? ''];
    return beginning(value, valuesOf(given, value, sources)).map(({ word, meaning }) => ({
      word: prefix + word,
      meaning,
    }));
  }
  if (typed.startsWith('-')) {
    // Those of the program itself go without a command.
    const options = isDefault && rest.length === 0 ? [...command.options, ...program.options] : command.options;
    return beginning(typed, options.flatMap(optionWords));
  }
  if (isDefault || command.commands.length > 0) {
    return beginning(
      typed,
      (isDefault ? program : command).commands
        .filter((one) => !one.name().startsWith('__'))
        .map((one) => ({ word: one.name(), meaning: one.description() })),
    );
  }
  return beginning(typed, argumentValues(command, rest, typed, sources));
}

interface Place {
  readonly command: Command;
  /** Words after the command's name. */
  readonly rest: readonly string[];
  /** True when no command has been named, so that the default one is meant. */
  readonly default: boolean;
}

function commandOf(program: Command, words: readonly string[]): Place {
  const named = (parent: Command, name: string | undefined): Command | undefined =>
    parent.commands.find((one) => one.name() === name);
  let command = named(program, words[0]);
  if (command === undefined) return { command: named(program, 'run') ?? program, rest: words, default: true };
  let depth = 1;
  for (let inner = named(command, words[1]); inner !== undefined; inner = named(inner, words[depth])) {
    command = inner;
    depth++;
  }
  return { command, rest: words.slice(depth), default: false };
}

function optionNamed(command: Command, name: string): Option | null {
  const found = command.options.find(({ long, short }) => name === long || name === short);
  return found !== undefined && (found.required || found.optional) ? found : null;
}

function optionAwaitingValue(command: Command, rest: readonly string[]): Option | null {
  const last = rest.at(-1);
  return last?.startsWith('-') === true ? optionNamed(command, last) : null;
}

function optionWords({ long, description, hidden }: Option): readonly Candidate[] {
  return long === undefined || hidden ? [] : [{ word: long, meaning: description }];
}

function valuesOf(option: Option, typed: string, sources: Sources): readonly Candidate[] {
  switch (option.long ?? '') {
    case '--stage':
      return plain(sources.stages(typed));
    case '--params':
      return plain(sources.paramsFiles(typed));
    case '--set':
      return typed.includes('=') ? [] : plain(sources.paramKeys().map((key) => `${key}=`));
    case '--with':
      return plain(sources.runs());
    default:
      return plain(option.argChoices ?? []);
  }
}

function argumentValues(
  command: Command,
  rest: readonly string[],
  typed: string,
  sources: Sources,
): readonly Candidate[] {
  const position = rest.filter((word) => !word.startsWith('-')).length;
  const all: readonly Argument[] = command.registeredArguments;
  const last = all.at(-1);
  const argument = all[position] ?? (last?.variadic === true ? last : undefined);
  switch (argument?.name() ?? '') {
    case 'stage':
      return plain(sources.stages(typed));
    case 'revision':
      return plain(sources.revisions());
    case 'key':
      return plain(sources.paramKeys());
    case 'holder':
      return plain(sources.holders());
    case 'profile':
      return plain(sources.runs().map((directory) => path.posix.basename(directory)));
    default:
      return plain(argument?.argChoices ?? []);
  }
}

function plain(words: readonly string[]): Candidate[] {
  return words.map((word) => ({ word, meaning: '' }));
}

function beginning(typed: string, all: readonly Candidate[]): readonly Candidate[] {
  // A name with control characters can neither be typed nor shown.
  return all.filter(({ word }) => word.startsWith(typed) && visible(word) === word);
}

/** The project around the working directory. Mistakes in it are for other commands to tell: here they mean no words. */
export function projectSources(options: ProjectOptions): Sources {
  const quietly = (read: (root: string) => readonly string[]): readonly string[] => {
    try {
      return read(findRoot());
    } catch {
      return [];
    }
  };
  return {
    stages: (typed) =>
      quietly((root) =>
        // Instances need params and templates; a key press that asks for stages should not wait for those.
        typed.includes('@')
          ? [...openProject(root, options).pipeline.instances.keys()]
          : loadStageNames({ root, copies: new TextCopies(root) }),
      ),
    paramsFiles: (typed) => quietly(() => yamlFiles(typed)),
    paramKeys: () => quietly((root) => [...flatten(toValue(openParams(root, options))).keys()]),
    revisions: () => quietly((root) => GitReader.open(root).names()),
    runs: () =>
      quietly((root) =>
        readdirSync(path.join(root, 'reports'))
          .filter((name) => existsSync(path.join(root, 'reports', name, 'pipeline.lock')))
          .map((name) => `reports/${name}`),
      ),
    holders: () => quietly((root) => lockInventory(root).holders.map(({ id }) => id)),
  };
}

function yamlFiles(typed: string): string[] {
  const directory = typed.slice(0, typed.lastIndexOf('/') + 1);
  return readdirSync(directory === '' ? '.' : directory, { withFileTypes: true }).flatMap((entry) => {
    if (entry.isDirectory()) return entry.name.startsWith('.') ? [] : [`${directory}${entry.name}/`];
    return /\.ya?ml$/.test(entry.name) ? [`${directory}${entry.name}`] : [];
  });
}

/** The project options that have been typed already, so that instances are those of the profile that is meant. */
export function typedProjectOptions(words: readonly string[]): ProjectOptions {
  const valuesAfter = (...names: readonly string[]): string[] =>
    words.slice(0, -1).flatMap((word, at) => {
      if (at > 0 && names.includes(words[at - 1] ?? '')) return [word];
      const name = names.find((one) => one.startsWith('--') && word.startsWith(`${one}=`));
      return name === undefined ? [] : [word.slice(name.length + 1)];
    });
  const params = valuesAfter('-p', '--params');
  const set = valuesAfter('-S', '--set');
  return { ...(params.length === 0 ? {} : { params }), ...(set.length === 0 ? {} : { set }) };
}

/** `pipeline __complete WORD...`: one candidate a line, its meaning behind a tab. What the completion scripts call. */
export function complete(program: Command, words: readonly string[], extensions: Extensions): void {
  const found = candidates(program, words, projectSources({ ...typedProjectOptions(words), extensions }));
  process.stdout.write(found.map(({ word, meaning }) => `${word}${meaning === '' ? '' : `\t${meaning}`}\n`).join(''));
}
