import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { parse } from 'yaml';
import { paramsSchema } from '../../src/params/schema.ts';
import { corpusReaders, stillReaders } from '../../src/science/data/corpora/registry.ts';
import { edgesOf } from './rules.ts';
import { defaultParams } from '../../bench/support/default-params.ts';

const home = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '../..');
const rules = parse(readFileSync(path.join(home, 'test/params/rules.yaml'), 'utf8')) as Readonly<
  Record<string, string>
>;
const schema = paramsSchema();
const isValid = new Ajv2020({ strict: false, logger: false }).compile(schema);

/** A document with another value at one key; undefined takes the key away. */
function changed(document: object, key: string, value: unknown): object {
  const [name = '', ...rest] = key.split('.');
  const { [name]: before, ...others } = document as Readonly<Record<string, unknown>>;
  if (rest.length > 0) return { ...others, [name]: changed(before ?? {}, rest.join('.'), value) };
  return value === undefined ? others : { ...others, [name]: value };
}

function accepts(document: object): boolean {
  return isValid(document);
}

describe('the schema of params', () => {
  const document = defaultParams();

  it('holds for params/default.yaml', () => {
    assert.ok(accepts(document), JSON.stringify(isValid.errors));
  });

  for (const [key, rule] of Object.entries(rules)) {
    it(`${key} is ${rule}`, () => {
      const places = [key, ...(key.startsWith('training.') ? [`tasks.sketches.${key}`, `tasks.wild.${key}`] : [])];
      const { allowed, refused } = edgesOf(rule);
      for (const place of places) {
        for (const value of allowed) assert.ok(accepts(changed(document, place, value)), JSON.stringify(value));
        for (const value of refused) assert.ok(!accepts(changed(document, place, value)), JSON.stringify(value));
      }
    });
  }

  it('knows every key, and needs every key but those of a crop, of own training and of systems', () => {
    const open =
      /^(?:corpora|corpora\.[^.]+\.options|pictures|pictures\.[^.]+\.corpora|tasks|tasks\.[^.]+\.(?:training|systems)(?:\..*)?)$/;
    const maps = mapsOf(document);
    for (const [key, map] of maps) {
      // A new corpus, pictures or task is declared by what it holds.
      if (!open.test(key)) assert.ok(!accepts(changed(document, `${key}.unknown`.replace(/^\./, ''), {})), key);
      for (const name of Object.keys(map)) {
        const isNeeded = !open.test(key) && !/\.crop$/.test(key);
        const without = changed(document, `${key}.${name}`.replace(/^\./, ''), undefined);
        if (isNeeded || name === 'kind') assert.ok(!accepts(without), `${key}.${name}`);
      }
    }
    assert.ok(!accepts(changed(document, 'tasks.wild.training.train.bach', 1)));
    assert.ok(!accepts(changed(document, 'tasks.wild.systems.svm.cots', 1)));
    assert.ok(!accepts(changed(document, 'corpora.new', { options: {} })));
  });

  it('takes ~ for a corpus that is not used and a dimension that is not there, and only there', () => {
    for (const key of [
      'pictures.faces.corpora.ck-plus',
      'tasks.faces.repeats',
      'tasks.wild.nets',
      'tasks.wild.folds',
    ]) {
      assert.ok(accepts(changed(document, key, null)), key);
    }
    for (const key of ['tasks.faces.nets', 'tasks.faces.folds', 'tasks.wild.repeats', 'corpora.ck-plus']) {
      assert.ok(!accepts(changed(document, key, null)), key);
    }
    for (const key of ['tasks.wild.nets', 'tasks.wild.folds']) assert.ok(!accepts(changed(document, key, [])), key);
    for (const value of ['', 1, []]) assert.ok(!accepts(changed(document, 'pictures.faces.corpora.ck-plus', value)));
  });

  it('lets a task be added that is like another, on pictures of its own', () => {
    const { pictures, tasks } = document;
    const [faces, micro] = [
      { ...pictures['faces'], weakFrames: [2] },
      { ...tasks['faces'], pictures: 'micro' },
    ];
    assert.ok(accepts({ ...document, pictures: { ...pictures, micro: faces }, tasks: { ...tasks, micro } }));
    const half = changed(micro, 'nets', undefined);
    assert.ok(!accepts({ ...document, tasks: { ...tasks, micro: half } }));
  });

  it('takes every BaseNet for a method of stills, by its id in lower case', () => {
    assert.ok(accepts(changed(document, 'tasks.wild.methods', ['vgg19', 'resnet50'])));
    assert.ok(!accepts(changed(document, 'tasks.wild.methods', ['VGG19'])));
    assert.ok(!accepts(changed(document, 'tasks.wild.methods', ['groupgan-2v2'])));
  });

  it('says of every parameter what it is', () => {
    const silent: string[] = [];
    const definitions = schema['$defs'] as Readonly<Record<string, object>>;
    const look = (part: unknown, key: string): void => {
      const { $ref } = part as { readonly $ref?: string };
      const {
        description,
        properties = {},
        additionalProperties,
        then,
        else: other,
      } = ($ref === undefined ? part : definitions[path.posix.basename($ref)]) as Partial<Record<string, object>>;
      if (description === undefined && then === undefined) silent.push(key);
      for (const [name, inner] of Object.entries(properties)) look(inner, `${key}.${name}`);
      for (const inner of [additionalProperties, then, other]) if (typeof inner === 'object') look(inner, `${key}.*`);
    };
    look({ ...schema, description: schema['title'] }, 'params');
    assert.deepEqual(silent, []);
  });

  it('writes a repeated part once', () => {
    assert.deepEqual(Object.keys(schema['$defs'] as object), [
      'corpora',
      'classes',
      'weakFrames',
      'classes2',
      'training',
      'systems',
    ]);
  });

  it('is of params that name the corpora that can be read', () => {
    const readers = [...corpusReaders, ...stillReaders].map(({ name }) => name);
    assert.deepEqual(Object.keys(document.corpora).sort(), readers.sort());
    for (const { corpora } of Object.values(document.pictures)) {
      for (const name of Object.keys(corpora)) assert.ok(readers.includes(name), name);
    }
    for (const { pictures } of Object.values(document.tasks)) assert.ok(pictures in document.pictures, pictures);
  });
});

describe('npm run schema', () => {
  const folder = mkdtempSync(path.join(tmpdir(), 'schema-'));
  const run = (...args: readonly string[]) => {
    const program = [path.join(home, 'node_modules/tsx/dist/cli.mjs'), path.join(home, 'bench/write-schema.ts')];
    const env = { ...process.env, TSX_DISABLE_CACHE: '1' };
    const { status, stdout, stderr } = spawnSync(process.execPath, [...program, ...args], { cwd: folder, env });
    return { status, said: `${String(stdout)}${String(stderr)}` };
  };
  const files = ['docs/schema/pipeline.schema.json', 'docs/schema/sweep.schema.json', 'params/schema.json'];

  before(() => mkdirSync(path.join(folder, 'params')));
  after(() => rmSync(folder, { recursive: true }));

  it('writes what is committed, and names with --check what is stale', () => {
    const stale = (file: string) => `${file} is stale: run "npm run schema" and commit it\n`;
    assert.deepEqual(run('--check'), { status: 1, said: files.map(stale).join('') });
    assert.deepEqual(readdirSync(folder), ['params'], 'a check writes nothing');
    assert.deepEqual(run(), { status: 0, said: files.map((file) => `wrote ${file}\n`).join('') });
    for (const file of files) {
      const written = readFileSync(path.join(folder, file), 'utf8');
      assert.equal(written, readFileSync(path.join(home, file), 'utf8'), file);
    }
    writeFileSync(path.join(folder, 'params/schema.json'), '{}\n');
    assert.deepEqual(run('--check'), { status: 1, said: stale('params/schema.json') });
  });
});

/** Every map that has keys, by dotted key. */
function mapsOf(map: object, key = ''): [key: string, map: object][] {
  const inner = Object.entries(map).flatMap(([name, value]: [string, unknown]) =>
    typeof value === 'object' && value !== null && !Array.isArray(value)
      ? mapsOf(value, key === '' ? name : `${key}.${name}`)
      : [],
  );
  return [[key, map], ...inner];
}
