import type { PairedSequence } from '../pairs.ts';
import type { CorpusCount, FoldEntry, SequenceEntry } from './prepared.ts';

/** A sequence that went into prepared data, and where. */
export interface KeptSequence extends PairedSequence {
  readonly fold: number;
}

/** What one fold holds, in numbers. */
export function countFold(
  members: readonly PairedSequence[],
  classes: readonly string[],
): Pick<FoldEntry, 'subjects' | 'sequences' | 'weakFrames' | 'perClass'> {
  const inClass = (name: string) => members.filter(({ sequence }) => sequence.label === name).length;
  return { ...countAll(members), perClass: Object.fromEntries(classes.map((name) => [name, inClass(name)])) };
}

/** What each corpus contributes, by name. */
export function countCorpora(kept: readonly PairedSequence[]): CorpusCount[] {
  const corpora = [...new Set(kept.map(({ sequence }) => sequence.corpus))].sort();
  return corpora.map((corpus) => ({ corpus, ...countAll(kept.filter(({ sequence }) => sequence.corpus === corpus)) }));
}

function countAll(members: readonly PairedSequence[]): { subjects: number; sequences: number; weakFrames: number } {
  return {
    subjects: new Set(members.map(({ sequence }) => sequence.subject)).size,
    sequences: members.length,
    weakFrames: members.reduce((sum, { weak }) => sum + weak.length, 0),
  };
}

export function sequenceEntry({ sequence, weak, peak, fold }: KeptSequence): SequenceEntry {
  const { id, subject, label } = sequence;
  return { id, subject, label, fold, weak: weak.map(({ name }) => name), peak: peak.name };
}

/** JSON with one line a sequence (or picture), file, reason and option, so that people and diffs can read it. */
export function indexText(index: object): string {
  const lines = Object.entries(index).map(([key, value]: [string, unknown]) => {
    return `  ${JSON.stringify(key)}: ${broken(value)}`;
  });
  return `{\n${lines.join(',\n')}\n}\n`;
}

function broken(value: unknown): string {
  const rows = (texts: readonly string[]) => texts.map((text) => `\n    ${text}`).join(',');
  if (Array.isArray(value) && value.some((item) => typeof item === 'object')) {
    return `[${rows(value.map((item) => JSON.stringify(item)))}\n  ]`;
  }
  if (typeof value === 'object' && value !== null && Object.values(value).some((item) => typeof item === 'object')) {
    const entries = Object.entries(value).map(([key, item]) => `${JSON.stringify(key)}: ${JSON.stringify(item)}`);
    return `{${rows(entries)}\n  }`;
  }
  return JSON.stringify(value);
}
