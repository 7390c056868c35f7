import assert from 'node:assert/strict';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { loadPipeline } from '../../../src/engine/graph/load.ts';
import { inProject, instance, load, mistakes, text } from '../graph/rig.ts';

const BASE = {
  'params/default.yaml': text`
    profile: default
    seed: 1
    train: {rate: 0.1, list: [1, 2], deep: {a: 1, b: 2}}
    open: {}
    any: null
  `,
  'params/one.yaml': 'seed: 2\ntrain: {deep: {a: 10}, list: [9]}\n',
  'params/two.yaml': 'train: {deep: {b: 20}}\nopen: {x: {y: 1}}\nany: [1]\n',
  'pipeline.yaml': 'vars: [params/default.yaml, {run: "runs/${profile}"}]\nstages: {}\n',
};

/** The same with a schema that the base names, as editors read it. */
const SCHEMED = {
  ...BASE,
  'params/default.yaml': `# yaml-language-server: $schema=./schema.json\n${BASE['params/default.yaml']}`,
};

function params(options: Parameters<typeof load>[1] = {}): unknown {
  return load(BASE, options).params;
}

describe('params', () => {
  it('are the base where nothing overrides them', () => {
    assert.deepEqual(params(), {
      profile: 'default',
      seed: 1,
      train: { rate: 0.1, list: [1, 2], deep: { a: 1, b: 2 } },
      open: {},
      any: null,
    });
  });

  it('merge maps key by key and replace lists and scalars, in the order of the profiles', () => {
    assert.deepEqual(params({ profiles: ['params/one.yaml', 'params/two.yaml'] }), {
      profile: 'two',
      seed: 2,
      train: { rate: 0.1, list: [9], deep: { a: 10, b: 20 } },
      open: { x: { y: 1 } },
      any: [1],
    });
  });

  it('take the values of -S last, parsed as YAML', () => {
    const set = ['train.rate=1e-3', 'any={a: b}', 'any={c: d}', 'open.deep.er=text', 'profile=mine', 'train.list=[3]'];
    assert.deepEqual(params({ profiles: ['params/one.yaml'], set }), {
      profile: 'mine',
      seed: 2,
      train: { rate: 0.001, list: [3], deep: { a: 10, b: 2 } },
      open: { deep: { er: 'text' } },
      any: { a: 'b', c: 'd' },
    });
  });

  it('let -S move a run without a change of params', () => {
    assert.deepEqual(load(BASE, { set: ['run=elsewhere'] }).variables, { run: 'elsewhere' });
    assert.deepEqual(load(BASE, { set: ['run=elsewhere'] }).params, params());
  });

  it('keep the profile that an overlay names itself', () => {
    const files = { ...BASE, 'params/named.yaml': 'profile: own\n' };
    assert.equal(load(files, { profiles: ['params/named.yaml'] }).params['profile'], 'own');
  });

  it('find a profile outside the project', () => {
    inProject({ 'else/p.yaml': 'seed: 7\n', 'x/keep': '' }, (root) => {
      for (const [name, content] of Object.entries(BASE)) {
        mkdirSync(join(root, 'x', name, '..'), { recursive: true });
        writeFileSync(join(root, 'x', name), content);
      }
      const pipeline = loadPipeline({ root: join(root, 'x'), profiles: [join(root, 'else/p.yaml')] });
      assert.deepEqual([pipeline.params['seed'], pipeline.params['profile']], [7, 'p']);
    });
  });

  it('do not lay the base over itself when the params list of a dvc.yaml names it', () => {
    const files = {
      'params.yaml': 'profile: base\na: 1\n',
      'pipeline.yaml': 'params: [params.yaml]\nstages:\n  a: {cmd: "x ${a}", params: [a]}\n',
    };
    assert.deepEqual(load(files).params, { profile: 'base', a: 1 });
  });

  it('let one function see the merged document and override it last', () => {
    let seen: unknown;
    const pipeline = load(
      { ...BASE, 'pipeline.yaml': 'vars: [params/default.yaml]\nstages:\n  a: {cmd: x, params: [seed, train.rate]}\n' },
      {
        profiles: ['params/one.yaml'],
        set: ['seed=5'],
        resolveParams: (merged) => {
          seen = merged['seed'];
          return { seed: 6 };
        },
      },
    );
    assert.equal(seen, 5);
    assert.deepEqual(instance(pipeline, 'a').params, [
      { key: 'seed', value: 6, at: null },
      { key: 'train.rate', value: 0.1, at: { file: 'params/default.yaml', line: 3, column: 15, endColumn: 18 } },
    ]);
  });

  it('join several base files, and reject a value with two homes', () => {
    const files = {
      'a.yaml': 'x: {a: 1}\n',
      'b.yaml': 'x: {b: 2}\n',
      'pipeline.yaml': 'vars: [a.yaml, b.yaml]\nstages: {}\n',
    };
    assert.deepEqual(load(files).params, { x: { a: 1, b: 2 } });
    assert.equal(
      mistakes({ ...files, 'b.yaml': 'x: {a: 2}\n' }),
      text`
        b.yaml:1:5  error: "x.a" is given by two files of "vars"
            x: {a: 2}
                ~
          a.yaml:1:5  first given here
              x: {a: 1}
                  ~
          hint: a file that overrides others belongs in the top-level "params" list or behind --params
      `.trimEnd(),
    );
  });

  it('read JSON as well as YAML', () => {
    const files = { 'p.json': '{"a": [1, {"b": "c"}]}', 'pipeline.yaml': 'vars: [p.json]\nstages: {}\n' };
    assert.deepEqual(load(files).params, { a: [1, { b: 'c' }] });
  });
});

describe('mistakes in params', () => {
  it('are unknown keys and changed kinds, each at its place with what was meant', () => {
    const files = {
      ...BASE,
      'params/bad.yaml': text`
        sed: 3
        rate: 1
        train: {deep: {c: 1}, rate: fast, list: 3}
        seed: null
        open: 1
        any: true
      `,
    };
    assert.equal(
      mistakes(files, { profiles: ['params/bad.yaml'] }),
      text`
        params/bad.yaml:1:1  error: unknown key "sed": a profile changes keys of the files in "vars", and adds none
            sed: 3
            ~~~
          hint: did you mean "seed"?

        params/bad.yaml:2:1  error: unknown key "rate": a profile changes keys of the files in "vars", and adds none
            rate: 1
            ~~~~
          hint: did you mean "train.rate"?

        params/bad.yaml:3:16  error: unknown key "train.deep.c": a profile changes keys of params/default.yaml, and adds none
            train: {deep: {c: 1}, rate: fast, list: 3}
                           ~
          hint: did you mean "train.deep.a"?

        params/bad.yaml:3:29  error: "train.rate" must be a number, and is a string
            train: {deep: {c: 1}, rate: fast, list: 3}
                                        ~~~~
          params/default.yaml:3:15  it is a number here
              train: {rate: 0.1, list: [1, 2], deep: {a: 1, b: 2}}
                            ~~~

        params/bad.yaml:3:41  error: "train.list" must be a list, and is a number
            train: {deep: {c: 1}, rate: fast, list: 3}
                                                    ~
          params/default.yaml:3:20  it is a list here
              train: {rate: 0.1, list: [1, 2], deep: {a: 1, b: 2}}
                                 ~~~~

        params/bad.yaml:4:7  error: "seed" must be a number, and is nothing (null)
            seed: null
                  ~~~~
          params/default.yaml:2:7  it is a number here
              seed: 1
                    ~

        params/bad.yaml:5:7  error: "open" must be a map, and is a number
            open: 1
                  ~
          params/default.yaml:4:1  it is a map here
              open: {}
              ~~~~
      `.trimEnd(),
    );
  });

  it('are null in the place of a value, unless a schema says that it may be', () => {
    const schema = (type: unknown) => JSON.stringify({ properties: { seed: { type }, train: { type: 'object' } } });
    const files = { ...SCHEMED, 'params/none.yaml': 'seed: ~\n', 'params/schema.json': schema(['integer', 'null']) };
    const options = { profiles: ['params/none.yaml'] };
    assert.match(
      mistakes({ ...BASE, 'params/none.yaml': 'seed: ~\n' }, options),
      /"seed" must be a number, and is nothing/,
    );
    assert.equal(load(files, options).params['seed'], null);
    assert.equal(load(files, { set: ['seed=null'] }).params['seed'], null);
    assert.equal(load(files, { ...options, set: ['seed=3'] }).params['seed'], 3);
    assert.match(
      mistakes({ ...files, 'params/schema.json': schema('integer') }, options),
      /none.yaml:1:7 {2}error: "seed" must be a whole number, and is nothing/,
    );
    assert.match(mistakes(files, { set: ['train=null'] }), /"train" must be a map, and is nothing/);
  });

  it('on the command line are told without a place', () => {
    assert.equal(
      mistakes(BASE, { set: ['train.rat=1', 'seed=x', 'seed', 'train.list[0]=1', 'any=[', '.=1'] }),
      text`
        error: -S "seed": expected key=value with a dotted key, such as -S train.seed=1

        error: -S train.list[0]=1: one item of a list cannot be set
          hint: give the whole list: -S 'train.list=[...]'

        error: -S any=[: the value is not valid YAML
          hint: text with special characters needs quotes of its own

        error: -S ".=1": expected key=value with a dotted key, such as -S train.seed=1

        error: -S: params have no key "train.rat"
          hint: did you mean "train.rate"?

        error: -S: "seed" must be a number, and is a string
          params/default.yaml:2:7  it is a number here
              seed: 1
                    ~
      `.trimEnd(),
    );
  });

  it('are what the schema that the base names says, at the place the value came from', () => {
    const files = {
      ...SCHEMED,
      'params/schema.json': JSON.stringify({
        $schema: 'https://json-schema.org/draft/2020-12/schema',
        type: 'object',
        properties: {
          seed: { type: 'integer', maximum: 1 },
          profile: { enum: ['default', 'demo'] },
          train: {
            properties: {
              rate: { exclusiveMinimum: 1 },
              list: { items: { anyOf: [{ type: 'string' }, { type: 'object' }] } },
            },
          },
        },
      }),
    };
    assert.equal(
      mistakes(files, { profiles: ['params/one.yaml'], set: ['profile=dmo'] }),
      text`
        params/default.yaml:4:15  error: "train.rate" must be greater than 1, and is 0.1
            train: {rate: 0.1, list: [1, 2], deep: {a: 1, b: 2}}
                          ~~~

        params/one.yaml:1:7  error: "seed" must be at most 1, and is 2
            seed: 2
                  ~

        params/one.yaml:2:31  error: "train.list[0]" must be a string or a map, and is a number
            train: {deep: {a: 10}, list: [9]}
                                          ~

        error: "profile" must be one of "default", "demo", and is "dmo" (given on the command line)
          hint: did you mean "demo"?
      `.trimEnd(),
    );
  });

  it('may have a schema of an earlier dialect, with words that we do not know', () => {
    const schema = {
      $schema: 'http://json-schema.org/draft-07/schema#',
      definitions: { rate: { type: 'number', maximum: 0.01, format: 'of-its-own', 'x-ours': 1 } },
      properties: { train: { properties: { rate: { $ref: '#/definitions/rate' } } } },
    };
    const report = (one: object): string => mistakes({ ...SCHEMED, 'params/schema.json': JSON.stringify(one) });
    assert.match(report(schema), /^params\/default.yaml:4:15 {2}error: "train.rate" must be at most 0.01, and is 0.1/);
    assert.match(
      report({ ...schema, $schema: 'https://json-schema.org/draft/2019-09/schema' }),
      /^params\/default.yaml:4:15 {2}error: "train.rate" must be at most 0.01/,
    );
    assert.match(
      report({ ...schema, $schema: 'http://json-schema.org/draft-04/schema#' }),
      /^params\/schema.json:1:1 {2}error: .* known are draft-07, 2019-09 and 2020-12/,
    );
  });

  it('have no schema but the one that they name, whatever lies beside them', () => {
    for (const beside of [
      '{"type": "record", "name": "User", "fields": [{"name": "id", "type": "int"}]}',
      '{"$schema": "http://json-schema.org/draft-07/schema#", "type": "array"}',
      '{"openapi": "3.0.0", "components": {}}',
      '[1, 2, 3]',
      'no JSON',
      '{"type": "string"}',
    ]) {
      assert.equal(mistakes({ ...BASE, 'params/schema.json': beside, 'schema.json': beside }), 'no mistakes', beside);
    }
  });

  it('may name their schema by a key, as JSON does; one on a host is left to the editor', () => {
    const named = (schema: string): string =>
      mistakes({
        'params.yaml': `{"$schema": "${schema}", "seed": 1}\n`,
        'schemas/p.json': '{"properties": {"seed": {"maximum": 0}}}',
        'pipeline.yaml': 'stages: {}\n',
      });
    assert.match(named('schemas/p.json'), /^params.yaml:1:39 {2}error: "seed" must be at most 0, and is 1/);
    assert.equal(named('https://example.com/p.json'), 'no mistakes');
    assert.match(
      named('schemas/q.json'),
      /^params.yaml:1:13 {2}error: the schema of params schemas\/q.json does not exist\n[^]*did you mean "schemas\/p.json"/,
    );
  });

  it('are told as mistakes of the schema when that is wrong itself', () => {
    assert.match(
      mistakes({ ...SCHEMED, 'params/schema.json': '{"type": "objekt"}' }),
      /^params\/schema\.json:1:1 {2}error: the schema of params is not a valid JSON Schema: /,
    );
    assert.match(
      mistakes({ ...SCHEMED, 'params/schema.json': '{' }),
      /^params\/schema\.json:1:1 {2}error: the schema of params is not valid JSON\n/,
    );
  });

  it('are files that are no maps or no text', () => {
    assert.match(
      mistakes({ ...BASE, 'params/default.yaml': '- 1\n' }),
      /^params\/default\.yaml:1:1 {2}error: a params file must be a map of keys, and is a list\n/,
    );
    assert.match(
      mistakes(BASE, { profiles: ['params/no.yaml'] }),
      /^error: the params file params\/no\.yaml does not exist\n {2}hint: did you mean "params\/one\.yaml"\?$/,
    );
  });
});
