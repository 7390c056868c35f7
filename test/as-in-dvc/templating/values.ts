import type { DvcCases } from '../case.ts';
import { better, different, same } from './templating-case.ts';
import type { TemplatingCase } from './templating-case.ts';

interface Kind {
  readonly name: string;
  readonly yaml: string;
  readonly value: unknown;
  /** In the name of an instance, and inside text. */
  readonly text: string;
}

const kinds: readonly Kind[] = [
  { name: 'true', yaml: 'true', value: true, text: 'true' },
  { name: 'An integer', yaml: '12', value: 12, text: '12' },
  { name: 'A float', yaml: '3.141592653589793', value: Math.PI, text: '3.141592653589793' },
  { name: 'false', yaml: 'false', value: false, text: 'false' },
  { name: 'Zero', yaml: '0', value: 0, text: '0' },
  { name: 'A zero in quotes', yaml: '"0"', value: '0', text: '0' },
  { name: 'Digits in quotes', yaml: '"123"', value: '123', text: '123' },
  { name: 'A word', yaml: 'Word', value: 'Word', text: 'Word' },
  { name: 'A float without a fraction (3e4)', yaml: '3e4', value: 30_000, text: '30000.0' },
];

const alone = 'matrix: {v: ["${value}"]}\ncmd: echo';
const inText = 'cmd: echo ${ value }';

/** A value that stands alone keeps its type; inside text it is text. */
const values: readonly TemplatingCase[] = [
  ...kinds.flatMap(({ name, yaml, value, text }) => [
    same(`${name} alone`, { params: `value: ${yaml}`, stage: alone }, { [`s@${text}`]: { item: { v: value } } }),
    same(`${name} in a command`, { params: `value: ${yaml}`, stage: inText }, { s: `echo ${text}` }),
  ]),
  different(
    'null alone, as a value of a matrix',
    { params: 'value: null', stage: alone },
    { 's@null': { item: { v: null } } },
    { dvc: 'the instance `s@None`', here: 'the instance `s@null`', why: "YAML's word instead of Python's" },
  ),
  better('null in a command', { params: 'value: null', stage: inText }, /"value" is nothing \(null\); inside text/, {
    dvc: 'the word `None`',
    here: 'an error at the place',
    why: 'no program means the word None',
  }),
  different(
    'An empty text alone, as a value of a matrix',
    { params: 'value: ""', stage: alone },
    { 's@_': { item: { v: '' } } },
    { dvc: 'the instance `s@`', here: 'the instance `s@_`', why: 'names are names of log files, too' },
  ),
  better(
    'An empty text in a command',
    { params: 'value: ""', stage: inText },
    { s: "echo ''" },
    {
      dvc: 'nothing: the argument is gone',
      here: "an empty argument, `''`",
      why: 'the arguments after it keep their places',
    },
  ),
  better('Infinity alone', { params: 'value: .inf', stage: alone }, /\.inf is not a finite number/, {
    dvc: 'the instance `s@inf`',
    here: 'an error at the place',
    why: 'JSON cannot hold it, so no lock and no program in another language could read it',
  }),
  better('Infinity in a command', { params: 'value: .inf', stage: inText }, /\.inf is not a finite number/, {
    dvc: 'the word `inf`',
    here: 'an error with the hint to put it in quotes',
    why: 'as text it means the same to every program',
  }),
];

const escaping: readonly TemplatingCase[] = (
  [
    ['with a backslash before it', '\\${value}', '${value}'],
    ['with a backslash, and spaces inside', '\\${ value }', '${ value }'],
    ['with a backslash, and text behind it', '\\${ value } days', '${ value } days'],
    ['with a backslash, and text before it', 'Month of \\${value}', 'Month of ${value}'],
    ['with a backslash, and text on both sides', 'In the \\${value} of May', 'In the ${value} of May'],
    ['with a backslash, and another one without', 'Not \\${value} but ${value}', 'Not ${value} but value'],
  ] as const
).map(([title, written, gives]) =>
  same(`A template ${title}`, { params: 'value: value', stage: `cmd: echo ${written}` }, { s: `echo ${gives}` }),
);

const places: readonly TemplatingCase[] = [
  same(
    'Several templates in one text, one of them twice',
    { params: '{first: Ada, last: Lovelace}', stage: 'cmd: echo ${last}, ${first} ${last}' },
    { s: 'echo Lovelace, Ada Lovelace' },
  ),
  same(
    'Keys inside maps, of any depth and type',
    {
      params: 'map: {number: 5, word: foo, inner: {float: 0.25, word: bar}}',
      stage: 'cmd: echo ${map.number} ${map.word} ${map.inner.float} ${map.inner.word} No.${map.number}',
    },
    { s: 'echo 5 foo 0.25 bar No.5' },
  ),
  same(
    'Items of lists, by index in brackets or after a point',
    {
      params: 'list: [{a: A}, {b: B}, {c: [x, y]}]',
      stage: 'cmd: echo ${list[0].a} ${list[1].b} ${list[2].c[0]} ${ list.1.b }${list.2.c.1}z',
    },
    { s: 'echo A B x Byz' },
  ),
  same(
    'Templates in the commands, deps, outs and `frozen` of two stages',
    {
      params: '{files: {in: a, out: b}, freeze: true}',
      stages: [
        'one: {cmd: "program ${files.in} --out ${files.out}", outs: ["${files.out}"], deps: ["${files.in}"], frozen: "${freeze}"}',
        'two: {cmd: "echo ${files.in} ${files.out}"}',
      ].join('\n'),
      others: { a: '' },
    },
    {
      one: { commands: ['program a --out b'], deps: ['a'], outs: ['b'], frozen: true },
      two: 'echo a b',
    },
  ),
  same(
    'Names in another script than Latin',
    { params: '{αβγ: {δ: [ε, ζ]}}', stage: 'cmd: echo\nouts: ["${αβγ.δ[0]}${αβγ.δ[1]}"]' },
    { s: { outs: ['εζ'] } },
  ),
  same(
    'Such names in brackets instead of after a point',
    { params: '{αβγ: {δ: [ε, ζ]}}', stage: 'cmd: echo\nouts: ["${αβγ[δ][0]}${αβγ[δ][1]}"]' },
    { s: { outs: ['εζ'] } },
  ),
];

export const interpolation: DvcCases<TemplatingCase> = {
  about: 'Values and their text',
  source: 'unit/test_interpolate.py',
  cases: [...values, ...escaping, ...places],
};
