import assert from 'node:assert/strict';
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterEach, beforeEach, describe, it } from 'mocha';
import { loadPipeline } from '../../../src/engine/graph/load.ts';
import type { JsonSchema } from '../../../src/engine/schema/schema.ts';
import { validate } from '../../../src/engine/schema/validate.ts';
import { Verdicts } from '../../../src/engine/schema/verdicts.ts';
import { TextCopies } from '../../../src/engine/store/text-copies.ts';
import { DiagnosticList, PipelineError } from '../../../src/engine/yaml/diagnostics.ts';
import { fromValue } from '../../../src/engine/yaml/node.ts';
import type { Value } from '../../../src/engine/yaml/values.ts';
import type { DocumentCopies } from '../../../src/engine/yaml/yaml-reader.ts';
import { removeTemporary, temporaryDirectory } from '../support/temporary.ts';

const schema: JsonSchema = {
  type: 'object',
  additionalProperties: { $ref: '#/$defs/rate' },
  $defs: { rate: { type: 'number', maximum: 1 } },
};

/** Copies in memory, and how often something was put there. */
class MemoryCopies implements DocumentCopies {
  readonly kept = new Map<string, string>();
  puts = 0;
  get = (file: string, text: string): string | null => this.kept.get(`${file}\n${text}`) ?? null;
  put = (file: string, text: string, copy: string): void => {
    this.puts++;
    this.kept.set(`${file}\n${text}`, copy);
  };
}

function mistakes(value: Value, verdicts: Verdicts | undefined, rules = schema, strict = true): number {
  const diagnostics = new DiagnosticList();
  validate(rules, fromValue(value, null), 'the document', diagnostics, {
    strict,
    ...(verdicts === undefined ? {} : { verdicts }),
  });
  return diagnostics.total;
}

/** Believes everything. */
class Yes extends Verdicts {
  override has(): boolean {
    return true;
  }
}

describe('the verdict of a schema', () => {
  const before = process.env['XDG_STATE_HOME'];
  beforeEach(() => {
    process.env['XDG_STATE_HOME'] = temporaryDirectory();
  });
  afterEach(() => {
    if (before === undefined) Reflect.deleteProperty(process.env, 'XDG_STATE_HOME');
    else process.env['XDG_STATE_HOME'] = before;
    removeTemporary();
  });

  it('is kept of a valid document, which is not checked again', () => {
    const copies = new MemoryCopies();
    assert.equal(mistakes({ a: 0.5 }, new Verdicts(copies)), 0);
    assert.equal(copies.puts, 1);
    // Whoever finds it again does not put it again, which only a check would do.
    assert.equal(mistakes({ a: 0.5 }, new Verdicts(copies)), 0);
    assert.equal(copies.puts, 1);
    assert.equal(mistakes({ a: 2 }, new Yes()), 0, 'a verdict is believed');
  });

  it('is never kept of one with a mistake, and there is a reference in the schema like any other rule', () => {
    const copies = new MemoryCopies();
    for (let time = 0; time < 2; time++) assert.equal(mistakes({ a: 2 }, new Verdicts(copies)), 1);
    assert.equal(copies.puts, 0);
    assert.equal(mistakes({ a: 2 }, undefined), 1);
  });

  it('counts for this document, this schema and this strictness alone', () => {
    const verdicts = new Verdicts(new MemoryCopies());
    assert.equal(mistakes({ a: 0.5 }, verdicts), 0);
    assert.equal(mistakes({ a: 1.5 }, verdicts), 1);
    assert.equal(mistakes({ a: 0.5 }, verdicts, { ...schema, $defs: { rate: { type: 'number', maximum: 0.1 } } }), 1);
    const unknown: JsonSchema = { ...schema, 'x-note': 1 };
    assert.equal(mistakes({ a: 0.5 }, verdicts, unknown, false), 0);
    assert.throws(() => mistakes({ a: 0.5 }, verdicts, unknown), /strict mode: unknown keyword: "x-note"/);
  });

  it('is one of a limited number: the oldest go', () => {
    const verdicts = new Verdicts(new MemoryCopies());
    const digests = Array.from({ length: 100 }, (_, at) => `digest ${at}`);
    for (const digest of digests) verdicts.add(digest);
    assert.deepEqual(
      [verdicts.has('digest 0'), verdicts.has('digest 35'), verdicts.has('digest 99')],
      [false, false, true],
    );
    const known = digests.filter((digest) => verdicts.has(digest));
    assert.equal(known.length, 64);
  });

  it('joins those that others have kept meanwhile', () => {
    const copies = new MemoryCopies();
    const [one, other] = [new Verdicts(copies), new Verdicts(copies)];
    assert.deepEqual([one.has('a'), other.has('b')], [false, false]);
    one.add('a');
    other.add('b');
    const both = new Verdicts(copies);
    assert.deepEqual([both.has('a'), both.has('b')], [true, true]);
  });

  it('of another project or hand counts for nothing: its seal is not this one', () => {
    const load = (root: string): unknown => loadPipeline({ root, copies: new TextCopies(root) });
    const text = 'stages:\n  a: {cmd: x}\n';
    const root = temporaryDirectory({ 'pipeline.yaml': text });
    mkdirSync(path.join(root, '.pipeline'));
    load(root);
    const parsed = path.join(root, '.pipeline/parsed');
    const verdictOf = (name: string): boolean =>
      /^[0-9a-f]{64}$/.test(readFileSync(path.join(parsed, name), 'utf8').split('\n').at(-1) ?? '');
    const [list = ''] = readdirSync(parsed).filter(verdictOf);
    const kept = readFileSync(path.join(parsed, list), 'utf8');

    const other = temporaryDirectory({ 'pipeline.yaml': text });
    mkdirSync(path.join(other, '.pipeline/parsed'), { recursive: true });
    writeFileSync(path.join(other, '.pipeline/parsed', list), kept);
    const digest = kept.split('\n').at(-1) ?? '';
    assert.equal(new Verdicts(new TextCopies(root)).has(digest), true);
    assert.equal(new Verdicts(new TextCopies(other)).has(digest), false);
    load(other);
    assert.equal(new Verdicts(new TextCopies(other)).has(digest), true);
  });

  it('does not hide a mistake that came since', () => {
    const root = temporaryDirectory({ 'pipeline.yaml': 'stages:\n  a: {cmd: x}\n' });
    mkdirSync(path.join(root, '.pipeline'));
    const load = (): unknown => loadPipeline({ root, copies: new TextCopies(root) });
    load();
    load();
    writeFileSync(path.join(root, 'pipeline.yaml'), 'stages:\n  a: {cmd: 3}\n');
    assert.throws(load, PipelineError);
    assert.throws(load, PipelineError);
  });
});
