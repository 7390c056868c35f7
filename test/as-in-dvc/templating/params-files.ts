import type { DvcCases } from '../case.ts';
import { better, different, same } from './templating-case.ts';
import type { TemplatingCase } from './templating-case.ts';

const twoStages = [
  'one: {cmd: "program ${map.foo} --out ${map.bar}", outs: ["${map.bar}"], deps: ["${map.foo}"], frozen: "${freeze}"}',
  'two: {cmd: "echo ${map.foo} ${map.bar}"}',
].join('\n');
const values = '{map: {foo: foo, bar: bar}, freeze: true}';
const resolved = {
  one: { commands: ['program foo --out bar'], deps: ['foo'], outs: ['bar'], frozen: true },
  two: 'echo foo bar',
} as const;

const own = { 'own.yaml': '{foo: foo, bar: bar}' };
const readings = [
  ['two keys in two entries', '["own.yaml:bar", "own.yaml:foo"]'],
  ['two keys in one entry', '["own.yaml:foo,bar"]'],
  ['as a whole', '[own.yaml]'],
  ['as a whole, twice', '[own.yaml, own.yaml]'],
] as const;

/** Words that need quotes in a shell, booleans, lists and maps. */
const options = `{foo: foo, bar: 2, words: two words, quotes: "a\\"'b", yes: true, no: false, list: [1, foo, two words], in: {foo: foo}}`;
const asOptions =
  "program --foo foo --bar 2 --words 'two words' --quotes 'a\"'\\''b' --yes --list 1 foo 'two words' --in.foo foo";

export const entries: DvcCases<TemplatingCase> = {
  about: 'Templates in stages, and the files they come from',
  source: 'func/parsing/test_interpolated_entry.py',
  cases: [
    same('Values of params.yaml', { params: values, stages: twoStages, others: { foo: '' } }, resolved),
    same(
      'Values of a file that `vars` names, without any params.yaml',
      { vars: '[more.yaml]', stages: twoStages, others: { foo: '', 'more.yaml': values } },
      resolved,
    ),
    same(
      'A map of params.yaml and of a variable, joined',
      {
        params: 'map: {bar: bar}',
        vars: '[params.yaml, {map: {foo: foobar}}]',
        stage: 'cmd: echo ${map.foo} ${map.bar}',
      },
      { s: 'echo foobar bar' },
    ),
    same(
      'A params.yaml in the working directory, joined with that of the top',
      {
        params: 'map: {bar: bar}',
        stage: 'wdir: data\nvars: [params.yaml]\nparams: [value]\ncmd: echo ${map.foo} ${map.bar}',
        others: { 'data/params.yaml': '{map: {foo: foo}, value: 1}' },
      },
      { s: { commands: ['echo foo bar'], wdir: 'data', params: { 'data/params.yaml:value': 1 } } },
    ),
    same(
      'The same, with a template as the working directory',
      {
        params: 'map: {bar: bar, place: data}',
        stage: 'wdir: ${map.place}\nvars: [params.yaml]\nparams: [value]\ncmd: echo ${map.foo} ${map.bar}',
        others: { 'data/params.yaml': '{map: {foo: foo}, value: 1}' },
      },
      { s: { commands: ['echo foo bar'], wdir: 'data', params: { 'data/params.yaml:value': 1 } } },
    ),
    same(
      'A file that the whole pipeline reads, named again by a stage',
      {
        vars: '[values.json]',
        stage: 'vars: [values.json]\nparams: [{values.json: [foo]}]\ncmd: echo ${bar}',
        others: { 'values.json': '{"foo": "foo", "bar": "bar"}' },
      },
      { s: { commands: ['echo bar'], params: { foo: 'foo' } } },
    ),
    same(
      'params.yaml, named again by a stage',
      {
        params: '{foo: foo, bar: bar}',
        stage: 'vars: [params.yaml]\nparams: [{params.yaml: [foo]}]\ncmd: echo ${bar}',
      },
      { s: { commands: ['echo bar'], params: { foo: 'foo' } } },
    ),
    same(
      'params.yaml, named again from a working directory',
      {
        params: '{foo: foo, bar: bar}',
        vars: '[params.yaml]',
        stage: 'wdir: data\nvars: [../params.yaml]\ncmd: echo ${bar}',
        others: { 'data/x': '' },
      },
      { s: 'echo bar' },
    ),
    ...readings.flatMap(([how, vars]) => [
      same(
        `A file is read ${how}, by the whole pipeline`,
        { vars, stage: 'cmd: echo ${bar}', others: own },
        { s: 'echo bar' },
      ),
      same(
        `A file is read ${how}, by a stage`,
        { stage: `vars: ${vars}\ncmd: echo \${bar}`, others: own },
        { s: 'echo bar' },
      ),
    ]),
    same(
      'A map in a command becomes options',
      { params: `map: ${options}`, stage: 'cmd: program ${map}' },
      { s: asOptions },
    ),
    same(
      'A map in a command, by the setting that true is a flag and a list is given at once',
      { params: `map: ${options}`, stage: 'cmd: program ${map}' },
      { s: asOptions },
    ),
    different(
      'A map in a command, by the setting that false is a flag with `no-` and a list is given one by one',
      { params: `map: ${options}`, stage: 'cmd: program ${map}' },
      { s: asOptions },
      {
        dvc: '`parsing.bool` and `parsing.list` of its settings',
        here: 'one way, its default',
        why: 'a setting of a machine would change commands, and so what is computed',
      },
    ),
  ],
};

const models = 'models: {bar: bar, foo: foo}';
const again = [
  ['as a whole, then by a key', '[own.yaml, "own.yaml:foo"]'],
  ['by a key, then as a whole', '["own.yaml:foo", own.yaml]'],
  ['by a key, then by that and another', '["own.yaml:foo", "own.yaml:foo,bar"]'],
] as const;

export const resolver: DvcCases<TemplatingCase> = {
  about: 'vars',
  source: 'func/parsing/test_resolver.py',
  cases: [
    same('All templates of two stages', { vars: `[${values}]`, stages: twoStages, others: { foo: '' } }, resolved),
    same('Variables without any params.yaml', { vars: `[{foo: bar}]`, stage: 'cmd: echo ${foo}' }, { s: 'echo bar' }),
    same('Neither params.yaml nor vars', { stage: 'cmd: echo' }, { s: 'echo' }),
    same(
      'Several variables in one entry',
      { vars: '[{foo: bar, bar: foo}]', stage: 'cmd: echo ${foo} ${bar}' },
      { s: 'echo bar foo' },
    ),
    different(
      'A template in the name of a file',
      { vars: '["${file}_params.yaml", {bar: foo}]', stage: 'cmd: echo' },
      /^pipeline\.yaml:1:8 {2}error: .*\$\{file\}_params\.yaml does not exist/,
      { dvc: 'no templates in vars', here: 'no such file', why: 'the same error in other words' },
    ),
    better(
      'A template in a variable',
      { vars: '[{bar: foo}, {foo: "${bar}2"}]', stage: 'cmd: echo ${foo}' },
      { s: 'echo foo2' },
      { dvc: 'refused', here: 'its value', why: 'a path that several stages share is put together once' },
    ),
    same('params.yaml without any vars', { params: models, stage: 'cmd: echo ${models.foo}' }, { s: 'echo foo' }),
    same(
      'params.yaml beside an empty list of vars',
      { params: models, vars: '[]', stage: 'cmd: echo ${models.foo}' },
      { s: 'echo foo' },
    ),
    same(
      'params.yaml when vars names it',
      { params: models, vars: '[params.yaml]', stage: 'cmd: echo ${models.foo}' },
      { s: 'echo foo' },
    ),
    same(
      'params.yaml and a JSON file',
      {
        params: models,
        vars: '[params.yaml, more.json]',
        stage: 'cmd: echo ${models.foo} ${sets[1]}',
        others: { 'more.json': '{"sets": ["a", "b"]}' },
      },
      { s: 'echo foo b' },
    ),
    {
      ...same('A file above the folder of pipeline.yaml', {}, { s: 'echo foo' }),
      folder: 'sub',
      files: {
        'params.yaml': models,
        'sub/pipeline.yaml': 'vars: [../params.yaml]\nstages: {s: {cmd: "echo ${models.foo}"}}\n',
      },
    },
    same(
      'A key of a params file that the file has not',
      { vars: '["own.yaml:three"]', stage: 'cmd: echo', others: own },
      /own\.yaml has no top-level key "three"/,
    ),
    same(
      'Two files that define one value',
      {
        params: models,
        vars: '[params.yaml, more.json]',
        stage: 'cmd: echo',
        others: { 'more.json': '{"models": {"bar": "bar"}}' },
      },
      /models\.bar/,
    ),
    same(
      'A variable that params.yaml defines already',
      { params: models, vars: `[{${models}}]`, stage: 'cmd: echo' },
      /the variable "models\.bar" is defined twice/,
    ),
    same(
      'One variable in two entries',
      { vars: '[{bar: bar}, {bar: bar}]', stage: 'cmd: echo' },
      /the variable "bar" is defined twice/,
    ),
    same('A params file that does not exist', { vars: '[none.yaml]', stage: 'cmd: echo' }, /none\.yaml does not exist/),
    ...again.flatMap(([how, vars]) => [
      same(
        `A file is read ${how}, by the whole pipeline`,
        { vars, stage: 'cmd: echo ${foo}', others: own },
        /is read (?:as a whole and by keys|twice)/,
      ),
      same(
        `A file is read ${how}, by a stage`,
        { stage: `vars: ${vars}\ncmd: echo \${foo}`, others: own },
        /is read (?:as a whole and by keys|twice)/,
      ),
    ]),
    same(
      'A variable of a stage that params.yaml defines already',
      { params: models, stage: `vars: [{${models}}]\ncmd: echo` },
      /the variable "models\.bar" is defined twice/,
    ),
    same(
      'A file of a stage with a value that params.yaml defines already',
      { params: models, stage: 'vars: [more.json]\ncmd: echo', others: { 'more.json': '{"models": {"bar": "bar"}}' } },
      /"models\.bar" is defined twice/,
    ),
  ],
};

export const topLevel: DvcCases<TemplatingCase> = {
  about: 'Top-level keys beside the stages',
  source: 'func/parsing/test_top_level.py',
  cases: [
    different(
      'Top-level params as templates',
      { params: 'file: other.yaml', top: 'params: ["${file}"]', stage: 'cmd: echo' },
      /pipeline\.yaml:1:10 {2}error: .*\$\{file\}/,
      {
        dvc: 'files for `dvc params show`, never for templates',
        here: 'the profile when `--params` names none; file names as they stand',
        why: 'a profile is what params are read from, so it cannot depend on them',
      },
    ),
    ...(
      [
        ['metrics', '["${a}", m.json]'],
        ['plots', '["${a}", {"${a}": {x: "${a}"}}]'],
        ['artifacts', '{"${a}": {path: "${a}", type: model}}'],
      ] as const
    ).map(([key, value]) =>
      different(
        `Top-level ${key} as templates`,
        { params: 'a: b', top: `${key}: ${value}`, stage: 'cmd: echo' },
        { s: 'echo' },
        {
          dvc: `shown by ${key === 'artifacts' ? '`dvc artifacts`' : `\`dvc ${key} show\``}`,
          here: 'accepted, and not used',
          why:
            key === 'metrics'
              ? 'metrics are what stages declare, so that each number has a stage that made it'
              : `there is no ${key === 'plots' ? 'drawing of plots' : 'registry of models'} here`,
        },
      ),
    ),
    different(
      'Top-level datasets as templates',
      { params: 'a: b', top: 'datasets: [{name: "${a}", url: "${a}", type: dc}]', stage: 'cmd: echo' },
      { s: 'echo' },
      {
        dvc: 'data sets of other places, pinned in its lock',
        here: 'accepted, and not used; a dependency `ds://name` is a missing file',
        why: 'nothing here fetches data',
      },
    ),
  ],
};
