import path from 'node:path';
import type { Prefix } from '../command-prefixes.ts';
import { isAssignment } from './assignments.ts';
import { parseShell } from './parser.ts';
import { literalWord, type Word } from './syntax.ts';

/** The value of the first of these options. */
export function valueOf(args: readonly Word[], options: readonly string[]): Word | null {
  for (const [at, word] of args.entries()) {
    if (options.includes(word.text)) return args[at + 1] ?? null;
    const option = options.find((one) => one.startsWith('--') && word.text.startsWith(`${one}=`));
    if (option !== undefined) return { ...word, text: word.text.slice(option.length + 1) };
  }
  return null;
}

/** `env -S "python3 a.py"`: the words of the text in its place. */
export function withSplitString(args: readonly Word[]): readonly Word[] {
  const at = args.findIndex(({ text }) => /^(?:-[a-z]*S|--split-string)/.test(text));
  if (at < 0) return args;
  const attached = (args[at]?.text ?? '').replace(/^(?:-[a-z]*S|--split-string=?)/, '');
  const text = attached === '' ? (args[at + 1]?.text ?? '') : attached;
  const node = parseShell(text);
  const words = node.kind === 'simple' ? node.words : plainWords(text);
  return [...args.slice(0, at), ...words, ...args.slice(at + (attached === '' ? 2 : 1))];
}

/** `xargs -I @ python3 @`: what stands for words of the input tells nothing. */
export function withoutPlaces(own: readonly Word[], inner: readonly Word[]): readonly Word[] {
  const at = own.findIndex(({ text }) => text === '-I');
  const place = own[at + 1]?.text;
  if (at < 0 || place === undefined) return inner;
  return inner.map((word): Word =>
    word.text.includes(place)
      ? { text: word.text, literal: false, parts: [{ kind: 'other', text: word.text, inner: [] }] }
      : word,
  );
}

/** The words of a text without quotes, as far as no variable stands in them. */
export function plainWords(text: string): Word[] {
  return text
    .split(/\s+/)
    .filter((word) => word !== '' && !word.includes('$'))
    .map(literalWord);
}

/** The command behind a prefix's own options and words; null when it is not used in that way. */
export function wordsAfter(
  { verb, valued = [], twice = [], words = 0 }: Prefix,
  args: readonly Word[],
): readonly Word[] | null {
  let toSkip = words;
  let verbSeen = verb === undefined;
  for (let at = 0; at < args.length; at++) {
    const { text = '' } = args[at] ?? {};
    if (!verbSeen && !text.startsWith('-')) {
      if (text !== verb) return null;
      verbSeen = true;
    } else if (text === '-m' && verb === 'run') {
      // `uv run -m package.module`
      return [literalWord('python'), ...args.slice(at)];
    } else if (twice.includes(text)) at += 2;
    else if (valued.includes(text)) at++;
    else if (/^-./.test(text) || text === '' || isAssignment(literalWord(text))) continue;
    else if (toSkip > 0) toSkip--;
    else return verbSeen ? args.slice(at) : null;
  }
  return null;
}

/** `env -C DIR` and `uv --directory DIR` change it; anything that cannot be told makes it unknown. */
export function directoryOf(
  name: string,
  own: readonly Word[],
  directories: readonly string[] | null,
  pathOf: (text: string, directory: string) => string,
): readonly string[] | null {
  const at = own.findIndex(
    ({ text }) => (text === '-C' && name === 'env') || /^(?:--chdir|--directory|--cwd|--?wdir)(?:=|$)/.test(text),
  );
  if (at < 0) return directories;
  const [, attached] = (own[at]?.text ?? '').split('=');
  const word = attached === undefined ? own[at + 1] : own[at];
  const target = attached ?? word?.text;
  if (target === undefined || word?.literal !== true) return null;
  if (path.isAbsolute(target)) return [pathOf(target, '.')];
  return directories?.map((directory) => pathOf(target, directory)) ?? null;
}
