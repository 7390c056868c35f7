import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import fc from 'fast-check';
import { describe, it } from 'mocha';
import { parse } from 'yaml';
import {
  type LockBlock,
  readLockDocument,
  writeBlockText,
  writeLockText,
} from '../../../src/engine/planning/lock-format.ts';
import { readLockText } from '../../../src/engine/planning/lock-reader.ts';
import { hashBytes } from '../../../src/engine/store/contents/digest.ts';
import { lockBlocks } from '../support/lock-blocks.ts';

const textOf = (blocks: Readonly<Record<string, LockBlock>>): string =>
  writeLockText(Object.entries(blocks).map(([name, one]): [string, string] => [name, writeBlockText(name, one)]));

/** What the parser of all of YAML makes of a text; null when it refuses. */
function byYaml(text: string): Map<string, LockBlock> | null {
  try {
    return readLockDocument(parse(text, { logLevel: 'silent' }), 'pipeline.lock');
  } catch {
    return null;
  }
}

const whole: LockBlock = {
  fingerprint: hashBytes('a'),
  commands: ['echo a', 'true'],
  wdir: 'sub',
  params: { rate: 0.1, nested: { list: [1, 'two', null, false, {}, []], deep: { x: 'a b' } }, odd: '1', at: -0 },
  code: { 'stages/a.ts': hashBytes('code') },
  env: { HOME: null, SEED: '1' },
  names: { one: 'data/a b.csv', 'many of them': ['data/a b.csv', 'x'], none: [] },
  deps: { 'data/a b.csv': { digest: hashBytes('dep'), size: 1 } },
  outs: { 'out/"a".txt': { digest: hashBytes('out'), size: 3, files: 2 } },
};

/** Pieces that mean something in YAML, or that a hand might add. */
const piece = fc.oneof(
  fc.constantFrom(' ', '  ', '\n', '\r\n', '\t', ':', ': ', '#', ' # ', '"', "'", '{', '}', '[', ']', ', ', '- ', '\\'),
  fc.constantFrom('&a ', '*a', '!!str ', '<<: ', '? ', '|', '>', '~', '0', '.5', '1e3', '0x1', 'true', 'null', '---\n'),
  fc.constantFrom('...\n', '%', '\u0085', '\u2028', '\uFEFF', '\u0000', '__proto__: {}'),
  fc.string({ unit: 'grapheme', maxLength: 3 }),
);

type Change = (text: string) => string;

const inText: fc.Arbitrary<Change> = fc
  .tuple(fc.double({ min: 0, max: 1, noNaN: true }), fc.nat(3), fc.oneof(piece, fc.constant('')))
  .map(([where, removed, added]) => (text) => {
    const at = Math.floor(where * text.length);
    return text.slice(0, at) + added + text.slice(at + removed);
  });

const inLines: fc.Arbitrary<Change> = fc
  .tuple(fc.nat(), fc.nat(), fc.constantFrom('copy', 'move', 'remove', 'indent', 'outdent'))
  .map(([one, other, kind]) => (text) => {
    const lines = text.split('\n');
    const [from, to] = [one % lines.length, other % lines.length];
    const line = lines[from] ?? '';
    if (kind === 'copy') lines.splice(to, 0, line);
    else if (kind === 'move') lines.splice(to, 0, ...lines.splice(from, 1));
    else if (kind === 'remove') lines.splice(from, 1);
    else lines[from] = kind === 'indent' ? `  ${line}` : line.replace(/^ {2}/, '');
    return lines.join('\n');
  });

describe('the fast reader of locks', () => {
  it('reads whatever is written, as the parser of YAML does', () => {
    fc.assert(
      fc.property(lockBlocks, (blocks) => {
        const text = textOf(blocks);
        // A key that JavaScript gives a meaning of its own is left to the parser of YAML.
        fc.pre(!text.includes('__proto__'));
        const read = readLockText(text);
        assert.deepEqual(read, byYaml(text));
        // A clone has ordinary prototypes, whatever objects the generator made.
        assert.deepEqual(Object.fromEntries(read ?? []), structuredClone(blocks));
      }),
      { numRuns: 100 },
    );
  });

  it('never reads a changed text otherwise than the parser of YAML: it reads the same or nothing', () => {
    let same = 0;
    fc.assert(
      fc.property(
        fc.oneof(fc.constant({ a: whole, b: { ...whole, params: { rate: 2 } } }), lockBlocks),
        fc.array(fc.oneof(inText, inLines), { minLength: 1, maxLength: 2 }),
        (blocks, changes) => {
          const text = changes.reduce((before, change) => change(before), textOf(blocks));
          const read = readLockText(text);
          if (read === null) return;
          same++;
          assert.deepEqual(read, byYaml(text));
        },
      ),
      { numRuns: 600 },
    );
    assert.ok(same > 0, 'some changes keep the form, or the test says nothing');
  });

  it('leaves to the parser of YAML what a hand or another program wrote', () => {
    const text = textOf({ a: whole });
    assert.notEqual(readLockText(text), null);
    const others: readonly [string, string][] = [
      ['a comment', text.replace('    cmd:', '    # by hand\n    cmd:')],
      ['single quotes', text.replace('echo a', "'echo a'")],
      ['lines that end as in Windows', text.replaceAll('\n', '\r\n')],
      ['no end of the last line', text.slice(0, -1)],
      ['a key twice', text.replace('      rate: 0.1\n', '      rate: 0.1\n      rate: 0.1\n')],
      ['an unknown field', text.replace('    cmd:', '    other: 1\n    cmd:')],
      ['a block instead of braces', text.replace('{ x: a b }', '{x: a b}')],
      ['a number with a plus', text.replace('rate: 0.1', 'rate: +0.1')],
      ['another format', text.replace('format: 1', 'format: 2')],
      ['the mark of a conflict', text.replace('stages:\n', 'stages:\n<<<<<<< HEAD\n')],
    ];
    for (const [what, other] of others) {
      assert.notEqual(other, text, what);
      assert.equal(readLockText(other), null, what);
    }
  });

  it('reads the lock of the committed report', () => {
    const file = path.join(path.dirname(fileURLToPath(import.meta.url)), '../../../reports/tables/pipeline.lock');
    const text = readFileSync(file, 'utf8');
    // Blocks do not depend on each other; the parser of YAML would take a second for all of them.
    const some = text.slice(0, text.indexOf('\n  e', 20_000) + 1);
    assert.deepEqual(readLockText(some), byYaml(some));
    assert.ok((readLockText(text)?.size ?? 0) > 100);
  });
});
