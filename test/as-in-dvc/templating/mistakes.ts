import type { DvcCases } from '../case.ts';
import { better, different, same } from './templating-case.ts';
import type { TemplatingCase } from './templating-case.ts';

const redefined = [
  ['`item`', '{item: 5}'],
  ['`key`', '{key: 5}'],
  ['`item` and `key`', '{item: 5, key: 10}'],
  ['`item`, as a map', '{item: {epochs: 10}}'],
] as const;

const overwriting: readonly TemplatingCase[] = (
  [
    ['`item` and `key`', '{item: 10, key: 10}'],
    ['`item`', '{item: 10}'],
    ['`key`', '{key: 5}'],
  ] as const
).map(([names, params]) =>
  same(
    `Params named ${names}, and a foreach over a map`,
    { params, stage: 'foreach: {a: 1}\ndo: {cmd: "echo ${key} ${item}"}' },
    { 's@a': 'echo a 1' },
  ),
);

const reserved: readonly TemplatingCase[] = redefined.flatMap(([names, map]) => [
  same(
    `The vars of a stage in a foreach define ${names}`,
    { stage: `foreach: {a: {x: 1}}\ndo: {vars: [${map}], cmd: "echo \${item}"}` },
    /the variable "(?:item|key)" is defined twice/,
  ),
  same(
    `A file in the vars of such a stage defines ${names}`,
    { stage: 'foreach: {a: {x: 1}}\ndo: {vars: [own.yaml], cmd: "echo ${item}"}', others: { 'own.yaml': map } },
    /the variable "(?:item|key)" is defined twice/,
  ),
]);

const expectsList: readonly TemplatingCase[] = (
  [
    ['a word from params', '${foo}'],
    ['a word of a map', '${map.a}'],
    ['an item of a list', '${list.0}'],
    ['a word as it stands', 'foobar'],
  ] as const
).map(([what, over]) =>
  same(
    `A foreach over ${what}`,
    { params: '{foo: bar, map: {a: b}, list: [c]}', stage: `foreach: ${over}\ndo: {cmd: echo}` },
    /foreach"? must be .*, and is /,
  ),
);

export const mistakes: DvcCases<TemplatingCase> = {
  about: 'Mistakes, each with its message',
  source: 'func/parsing/test_errors.py',
  cases: [
    different(
      'A template in the name of a file, in the vars of a stage',
      { stage: 'vars: ["${file}_params.yaml"]\ncmd: echo' },
      /^pipeline\.yaml:3:12 {2}error: .*\$\{file\}_params\.yaml does not exist/,
      { dvc: 'no templates in vars', here: 'no such file', why: 'the same error in other words' },
    ),
    better(
      'A template in a variable, in the vars of a stage',
      { params: 'a: 1', stage: 'vars: [{b: "${a}2"}]\ncmd: echo ${b}' },
      { s: 'echo 12' },
      { dvc: 'refused', here: 'its value', why: 'a path that several stages share is put together once' },
    ),
    same(
      'A name that ends in a point',
      { params: 'models: {foo: bar}', stage: 'cmd: echo ${models.foo.}' },
      /^pipeline\.yaml:3:15 {2}error: "\$\{models\.foo\.\}" is not a template/,
    ),
    same(
      'A params file of a stage that does not exist',
      { stage: 'vars: [none.yaml]\ncmd: echo ${foo}' },
      /the params file none\.yaml does not exist/,
    ),
    same(
      'A key that is not there',
      { params: 'models: {foo: foo}', stage: 'cmd: echo ${models.foobar}' },
      /there is no variable "models\.foobar"/,
    ),
    same(
      'A working directory from a key that is not there',
      { params: 'models: {bar: bar}', stage: 'wdir: ${models[foobar]}\ncmd: echo' },
      /^pipeline\.yaml:3:11 {2}error: there is no variable "models\.?\[?foobar\]?"/,
    ),
    same(
      'A working directory with a bracket too many',
      { params: 'models: {bar: bar}', stage: 'wdir: ${models.foo]}\ncmd: echo' },
      /^pipeline\.yaml:3:11 {2}error: "\$\{models\.foo\]\}" is not a template/,
    ),
    same('A map as the list of outputs', { params: 'models: {}', stage: 'cmd: echo\nouts: ${models}' }, /outs/),
    same(
      'A list in a list as options of a command',
      { params: 'models: {list: [1, [2, 3]]}', stage: 'cmd: echo ${models}' },
      /"models" is a list; inside text/,
    ),
    same(
      'A key of a params file that the file has not, in the vars of a stage',
      { stage: 'vars: ["own.yaml:three"]\ncmd: echo', others: { 'own.yaml': '{one: 1, two: 2}' } },
      /own\.yaml has no top-level key "three"/,
    ),
    same(
      'A foreach over what is no template',
      { stage: 'foreach: ${syntax.[error}\ndo: {cmd: echo}' },
      /"\$\{syntax\.\[error\}" is not a template/,
    ),
    ...['modelss', 'modelss.123'].map((key) =>
      same(
        `A foreach over \`${key}\`, which is not there`,
        { params: 'models: [1]', stage: `foreach: \${${key}}\ndo: {cmd: echo}` },
        new RegExp(`there is no variable "${key}"`),
      ),
    ),
    ...expectsList,
    ...overwriting,
    same(
      'A mistake in the command of a foreach',
      { stage: 'foreach: [foo, bar]\ndo: {cmd: "echo ${syntax.[error}"}' },
      /"\$\{syntax\.\[error\}" is not a template/,
    ),
    same(
      'A key that only the first of two items has',
      { stage: 'foreach: [{thresh: 10}, {}]\ndo: {cmd: "echo ${item.thresh}"}' },
      /there is no variable "item\.thresh"/,
    ),
    same(
      'A key of a word',
      { params: 'foo: bar', stage: 'foreach: [{thresh: 10}, {}]\ndo: {cmd: "echo ${foo.bar}"}' },
      /there is no variable "foo\.bar"/,
    ),
    ...reserved,
    same(
      'A working directory of a foreach with a misspelt name',
      { params: 'models: [foo, bar]', stage: 'foreach: ${models}\ndo: {wdir: "${ite}", cmd: "echo ${item}"}' },
      /there is no variable "ite"[^]*did you mean "item"/,
    ),
  ],
};
