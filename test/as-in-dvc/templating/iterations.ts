import type { DvcCases } from '../case.ts';
import { same } from './templating-case.ts';
import type { Instances, TemplatingCase } from './templating-case.ts';

const over = (list: string, body: string): string => `foreach: ${list}\ndo: {${body}}`;

const composite = (
  [
    ['a map of maps', '{a: {n: foo}, b: {n: bar}}', ['a', 'b']],
    ['a list of maps', '[{n: foo}, {n: bar}]', ['0', '1']],
  ] as const
).flatMap(([what, list, [first, second]]) =>
  (
    [
      ['after a point', 'item.n'],
      ['in brackets', 'item[n]'],
    ] as const
  ).map(([how, key]) =>
    same(
      `Over ${what} from a variable, the key ${how}`,
      { vars: `[{models: ${list}}]`, stage: over('${models}', `cmd: "echo \${${key}}"`) },
      { [`s@${first}`]: 'echo foo', [`s@${second}`]: 'echo bar' },
    ),
  ),
);

const imported = ['own.yaml', 'own.yaml:train', 'own.yaml:train,prepare'].map((file) =>
  same(
    `With vars of its own from \`${file}\``,
    {
      params: 'models: {one: {n: foo}}',
      stage: over('[foo, bar]', `vars: ["${file}"], cmd: "echo \${item} \${train.epochs}"`),
      others: { 'own.yaml': '{train: {epochs: 10}, prepare: {nums: 25}}' },
    },
    { 's@foo': 'echo foo 10', 's@bar': 'echo bar 10' },
  ),
);

const fiveFolders = Object.fromEntries(
  [0, 1, 2, 3, 4].map((n) => [`model-${n}/params.yaml`, `{train: {epochs: ${n + 1}}, prepare: {nums: ${n * 10}}}`]),
);
const besideTheItem = ['params.yaml', 'params.yaml:train,prepare'].map((file) =>
  same(
    `With vars from \`${file}\` in a working directory of each item`,
    {
      params: 'models: {one: {n: foo}}',
      stage: over(
        '[0, 1, 2, 3, 4]',
        `wdir: "model-\${item}", vars: ["${file}"], cmd: "echo \${item} \${train.epochs} \${prepare.nums}"`,
      ),
      others: fiveFolders,
    },
    Object.fromEntries(
      [0, 1, 2, 3, 4].map((n) => [`s@${n}`, { commands: [`echo ${n} ${n + 1} ${n * 10}`], wdir: `model-${n}` }]),
    ),
  ),
);

export const foreach: DvcCases<TemplatingCase> = {
  about: 'foreach',
  source: 'func/parsing/test_foreach.py',
  cases: [
    same(
      'Over a list of words, which name the instances',
      { stage: over('[foo, bar, baz]', 'cmd: "echo ${item}"') },
      { 's@foo': 'echo foo', 's@bar': 'echo bar', 's@baz': 'echo baz' },
    ),
    same(
      'Over a map, whose keys name the instances and are `${key}`',
      { stage: over('{a: foo, b: bar}', 'cmd: "echo ${key} ${item}"') },
      { 's@a': 'echo a foo', 's@b': 'echo b bar' },
    ),
    same(
      'Over a map with numbers as keys',
      { stage: over('{2021: {n: foo}, 2022: {n: bar}}', 'cmd: "echo ${key} ${item.n}"') },
      { 's@2021': 'echo 2021 foo', 's@2022': 'echo 2022 bar' },
    ),
    same(
      'Over a list of maps, which are named by their index',
      { stage: over('[{n: foo}, {n: bar}]', 'cmd: "echo ${item.n}"') },
      { 's@0': 'echo foo', 's@1': 'echo bar' },
    ),
    same(
      'Over a list of words from a variable',
      { vars: '[{models: [foo, bar, baz]}]', stage: over('${models}', 'cmd: "echo ${item}"') },
      { 's@foo': 'echo foo', 's@bar': 'echo bar', 's@baz': 'echo baz' },
    ),
    ...composite,
    same(
      'Over a map from params, of which each instance counts what it uses',
      { params: 'models: {a: {n: foo}, b: {n: bar}}', stage: over('${models}', 'cmd: "echo ${item.n}"') },
      { 's@a': 'echo foo', 's@b': 'echo bar' },
    ),
    same(
      'Over a list of maps from params, of which each instance counts what it uses',
      { params: 'models: [{n: foo}, {n: bar}]', stage: over('${models}', 'cmd: "echo ${item.n}"') },
      { 's@0': 'echo foo', 's@1': 'echo bar' },
    ),
    same(
      'Over a list inside a variable',
      { vars: '[{models: {list: [{n: 10}, {n: 15}]}}]', stage: over('${models.list}', 'cmd: "echo ${item.n}"') },
      { 's@0': 'echo 10', 's@1': 'echo 15' },
    ),
    same(
      'Over a map with a template as one value',
      { vars: '[{bar: bar}]', stage: over('{a: foo, b: "${bar}"}', 'cmd: "echo ${item}"') },
      { 's@a': 'echo foo', 's@b': 'echo bar' },
    ),
    same(
      'Over a map of which two files have a key each',
      {
        params: 'models: {a: foo}',
        vars: '[own.yaml]',
        stage: over('${models}', 'cmd: "echo ${item}"'),
        others: { 'own.yaml': 'models: {b: bar}' },
      },
      { 's@a': 'echo foo', 's@b': 'echo bar' },
    ),
    same(
      'Over a map of maps that two files fill',
      {
        params: 'models: {a: {n: 10}, b: {n: 15}}',
        vars: '[own.yaml]',
        stage: over('${models}', 'cmd: "echo ${item.n} ${item.epochs}"'),
        others: { 'own.yaml': 'models: {a: {epochs: 5}, b: {epochs: 10}}' },
      },
      { 's@a': 'echo 10 5', 's@b': 'echo 15 10' },
    ),
    same(
      'With the item as the working directory',
      { stage: over('[foo, bar]', 'wdir: "${item}", cmd: echo hello'), others: { 'foo/x': '', 'bar/x': '' } },
      { 's@foo': { wdir: 'foo', commands: ['echo hello'] }, 's@bar': { wdir: 'bar', commands: ['echo hello'] } },
    ),
    same(
      'With a variable of its own',
      { stage: over('[foo, bar]', 'vars: [{more: more}], cmd: "echo ${item} ${more}"') },
      { 's@foo': 'echo foo more', 's@bar': 'echo bar more' },
    ),
    ...imported,
    ...besideTheItem,
    same(
      'A mistake in what five instances share is told once',
      { stage: over('[0, 1, 2, 3, 4]', 'cmd: "echo ${item.}"') },
      /^pipeline\.yaml:4:21 {2}error: "\$\{item\.\}" is not a template(?![^]*error:)/,
    ),
    same(
      'A mistake in what it runs over is told once',
      { stage: over('${models}', 'cmd: "echo ${item}"') },
      /^pipeline\.yaml:3:14 {2}error: there is no variable "models"(?![^]*error:)/,
    ),
  ],
};

const dimensions = {
  written: 'matrix: {os: [win, linux], py: [3.7, 3.8], map: [{a: 1}, {b: 2}], list: [[o, oo], [p, pp]]}',
  templates: 'matrix: {os: "${os}", py: "${py}", map: "${map}", list: "${list}"}',
};
const params = '{os: [win, linux], py: [3.7, 3.8], map: [{a: 1}, {b: 2}], list: [[o, oo], [p, pp]]}';

function sixteen(command: (name: string, os: string, py: string, map: string, list: string) => string): Instances {
  const combinations = ['win', 'linux'].flatMap((os) =>
    ['3.7', '3.8'].flatMap((py) =>
      [
        ['map0', '--a 1'],
        ['map1', '--b 2'],
      ].flatMap(([map, option]) =>
        [
          ['list0', 'o oo'],
          ['list1', 'p pp'],
        ].map(([list, words]) => {
          const name = `${os}-${py}-${map}-${list}`;
          return [`s@${name}`, command(name, os, py, option!, words!)] as const;
        }),
      ),
    ),
  );
  return Object.fromEntries(combinations);
}

export const matrix: DvcCases<TemplatingCase> = {
  about: 'matrix',
  source: 'func/parsing/test_matrix.py',
  cases: (['written', 'templates'] as const).flatMap((how) => [
    same(
      how === 'written' ? 'Words, floats, maps and lists as dimensions' : 'The same, with each dimension as a template',
      {
        params,
        stage: `${dimensions[how]}\ncmd: echo \${item.os} \${item.py} \${item.map} -- \${item.list.0} \${item.list.1}`,
      },
      sixteen((_name, os, py, map, list) => `echo ${os} ${py} ${map} -- ${list}`),
    ),
    same(
      how === 'written'
        ? 'The name of the combination as `${key}`'
        : 'The name of the combination as `${key}`, with each dimension as a template',
      { params, stage: `${dimensions[how]}\ncmd: echo \${key}` },
      sixteen((name) => `echo ${name}`),
    ),
  ]),
};
