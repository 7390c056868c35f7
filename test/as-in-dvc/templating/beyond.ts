import type { DvcCases } from '../case.ts';
import { better, different, same } from './templating-case.ts';
import type { TemplatingCase } from './templating-case.ts';

export const beyond: DvcCases<TemplatingCase> = {
  about: 'What no test of DVC tries of templates',
  source: '../dvc/parsing',
  cases: [
    same(
      'A version number in a path keeps its zero',
      { params: 'version: 1.0', stage: 'cmd: echo\nouts: ["models/v${version}"]' },
      { s: { outs: ['models/v1.0'] } },
    ),
    same(
      'Floats in a matrix name its instances as they are written',
      { stage: 'matrix: {v: [1.0, 2.5]}\ncmd: echo ${item.v}' },
      { 's@1.0': 'echo 1.0', 's@2.5': 'echo 2.5' },
    ),
    same(
      'A small float is written with an exponent of two digits',
      { params: 'rate: 1e-7', stage: 'cmd: echo ${rate}' },
      { s: 'echo 1e-07' },
    ),
    better(
      'A value with spaces is one argument',
      { params: 'name: two words', stage: 'cmd: echo ${name}' },
      { s: "echo 'two words'" },
      {
        dvc: 'two arguments',
        here: "one argument, `'two words'`",
        why: 'whatever a value holds, the shell passes it on unchanged; `${raw:name}` stands for shell text',
      },
    ),
    different(
      'A whole command as a value',
      { params: 'command: echo hi there', stage: 'cmd: ${raw:command}' },
      { s: 'echo hi there' },
      {
        dvc: '`cmd: ${command}`',
        here: '`cmd: ${raw:command}`',
        why: 'values are quoted unless `raw:` says otherwise',
      },
    ),
    same(
      '`persist` and `frozen` as templates of values that are false',
      { params: 'no: false', stage: 'cmd: echo\nfrozen: ${no}\nouts: [{o: {persist: "${no}"}}]' },
      { s: { frozen: false, persisted: [] } },
    ),
    same(
      'A variable that is named run and stands in a command',
      { vars: '[{run: fast}]', stage: 'cmd: echo ${run}' },
      { s: 'echo fast' },
    ),
    same(
      'A stage with a wdir takes `params` from the params.yaml there',
      {
        params: 'x: root',
        stage: 'cmd: cat params.yaml\nwdir: d\nparams: [x]',
        others: { 'd/params.yaml': 'x: inner' },
      },
      { s: { params: { 'd/params.yaml:x': 'inner' } } },
    ),
    same(
      'A params file with an empty list of keys counts as a whole',
      { stage: 'cmd: cat b.yaml\nparams: [{b.yaml: []}]', others: { 'b.yaml': '{one: 1, two: 2}' } },
      { s: { params: { 'b.yaml:one': 1, 'b.yaml:two': 2 } } },
    ),
    same('A foreach over nothing has no instance', { stage: 'foreach: []\ndo: {cmd: echo}' }, {}),
    same('A key with a space', { params: '{two words: 1}', stage: 'cmd: echo ${two words}' }, { s: 'echo 1' }),
    same(
      'The same item twice makes one instance',
      { stage: 'foreach: [a, a]\ndo: {cmd: "echo ${item}"}' },
      { 's@a': 'echo a' },
    ),
    different(
      'An index from the end of a list',
      { params: 'list: [1, 2]', stage: 'cmd: echo ${list[-1]}' },
      /there is no variable "list\.-1"/,
      { dvc: 'the last item', here: 'an error', why: "it follows from Python's lists, and DVC says nothing of it" },
    ),
    different(
      'A list that mixes words and maps',
      { stage: 'foreach: [a, {b: 1}]\ndo: {cmd: echo}' },
      { 's@a': 'echo', 's@1': 'echo' },
      {
        dvc: 'all instances are named by index',
        here: 'words name theirs, maps are named by index',
        why: 'a name says more than a number',
      },
    ),
  ],
};
