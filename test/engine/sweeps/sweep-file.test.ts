import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, it } from 'mocha';
import { PipelineError } from '../../../src/engine/yaml/diagnostics.ts';
import { sweepSchemaText } from '../../../src/engine/sweeps/schema.ts';
import { readSweep, type Sweep } from '../../../src/engine/sweeps/sweep-file.ts';

const home = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '../../..');

describe('a sweep file', () => {
  let root: string;
  beforeEach(() => {
    root = mkdtempSync(path.join(tmpdir(), 'sweep-file-test-'));
  });
  afterEach(() => rmSync(root, { recursive: true }));

  const read = (text: string): Sweep => {
    writeFileSync(path.join(root, 'sweep.yaml'), text);
    return readSweep(root, 'sweep.yaml').sweep;
  };
  const withParameters = (parameters: string, method = 'random'): string =>
    `method: ${method}\nmetric: { name: loss }\nparameters:\n  ${parameters}\n`;
  const mistakes = (text: string): string[] => {
    try {
      read(text);
    } catch (error) {
      assert.ok(error instanceof PipelineError, String(error));
      return error.diagnostics.map(({ at, message }) => `${at?.line}:${at?.column} ${message}`);
    }
    return [];
  };

  it('means by whole bounds whole numbers, and by others all between', () => {
    assert.deepEqual(read(withParameters('a: { min: 1, max: 3 }')).space[0]?.distribution, {
      kind: 'int_uniform',
      min: 1,
      max: 3,
    });
    assert.deepEqual(read(withParameters('a: { min: 1.0, max: 3.0 }')).space[0]?.distribution, {
      kind: 'uniform',
      min: 1,
      max: 3,
    });
    assert.match(
      mistakes(withParameters('a: { min: 1, max: 3.0 }'))[0] ?? '',
      /^4:13 "a": one of "min" and "max" is a whole number/,
    );
  });

  it('names nested parameters with dots', () => {
    const text = withParameters('a: { parameters: { b: { value: 1 }, c: { parameters: { d.e: { values: [x] } } } } }');
    assert.deepEqual(
      read(text).space.map(({ key }) => key),
      ['a.b', 'a.c.d.e'],
    );
  });

  it('takes every distribution of the language, with defaults', () => {
    const of = (text: string): unknown => read(withParameters(`a: ${text}`)).space[0]?.distribution;
    assert.deepEqual(of('{ distribution: normal }'), { kind: 'normal', mu: 0, sigma: 1 });
    assert.deepEqual(of('{ distribution: q_normal, mu: 2, q: 0.5 }'), { kind: 'q_normal', mu: 2, sigma: 1, q: 0.5 });
    assert.deepEqual(of('{ distribution: log_normal, sigma: 3 }'), { kind: 'log_normal', mu: 0, sigma: 3 });
    assert.deepEqual(of('{ distribution: beta, a: 2 }'), { kind: 'beta', a: 2, b: 1 });
    assert.deepEqual(of('{ distribution: q_uniform, min: 0, max: 8, q: 2 }'), {
      kind: 'q_uniform',
      min: 0,
      max: 8,
      q: 2,
    });
    assert.deepEqual(of('{ distribution: log_uniform_values, min: 1, max: 8 }'), {
      kind: 'log_uniform_values',
      min: 1,
      max: 8,
    });
    assert.deepEqual(of('{ values: [1, 2], probabilities: [0.25, 0.75] }'), {
      kind: 'categorical',
      values: [1, 2],
      probabilities: [0.25, 0.75],
    });
  });

  it('has its mistakes named, each at its place', () => {
    assert.deepEqual(mistakes(withParameters('a: { values: [1, 2], probabilities: [0.5, 0.6] }')), [
      '4:24 "a": the probabilities add up to 1.1, and must to 1',
    ]);
    assert.deepEqual(mistakes(withParameters('a: { distribution: log_uniform_values, min: 0, max: 1 }')), [
      '4:47 "a": "min" must be greater than 0 where logarithms are uniform, and is 0',
    ]);
    assert.deepEqual(mistakes(withParameters('a: { distribution: normal, min: 0 }')), [
      '4:30 "a": normal takes mu, sigma, not "min"',
    ]);
    assert.deepEqual(mistakes(withParameters('a: { min: 0.0, max: 1.0 }', 'grid')), [
      '4:3 a grid needs parameters with countable values, and "a" is uniform',
    ]);
    assert.match(
      mistakes(`${withParameters('a: { value: 1 }')}early_terminate: { type: hyperband }\n`)[0] ?? '',
      /needs "min_iter"/,
    );
    assert.match(mistakes(`${withParameters('a: { value: 1 }')}run_cup: 3\n`)[0] ?? '', /^5:1 unknown key "run_cup"/);
  });

  it("accepts what W&B's own files say about programs, and keeps it out of what trials are", () => {
    const text = withParameters('a: { value: 1 }');
    const more =
      'program: train.py\ncommand: ["${env}", python]\nproject: p\nentity: e\nname: n\ndescription: d\nrun_cap: 5\n';
    assert.deepEqual(read(text + more).definition, read(text).definition);
  });

  it('is described by the committed schema, and the examples are such files', () => {
    assert.equal(readFileSync(path.join(home, 'docs/schema/sweep.schema.json'), 'utf8'), sweepSchemaText());
    for (const name of ['adversarial', 'rates-and-width']) {
      const { sweep } = readSweep(home, `params/sweeps/${name}.yaml`);
      assert.equal(sweep.name, name);
    }
  });
});
