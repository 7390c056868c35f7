import { execFileSync } from 'node:child_process';
import type { DvcCases } from '../case.ts';
import { alone, asked, copy, lockLost, plain, running } from './running-case.ts';
import type { RunningCase } from './running-case.ts';

const three = { foo: 'a', bar: 'b', foobar: 'c' };
const cat = 'cat foo bar foobar > foo-1; cp foo-1 bar-1; cp foo-1 foobar-1';
const stage = (cmd: string, ...names: readonly string[]): string =>
  `cmd: "${cmd}", deps: [${names.join(', ')}], outs: [${names.map((name) => `${name}-1`).join(', ')}]`;
/** deps and outs by path, whatever order they are written in. */
const sorted = /deps:\s+bar: .*\s+foo: .*\s+foobar: .*\s+outs:\s+bar-1: .*\s+foo-1: .*\s+foobar-1: /;

const params = { 'params.yaml': '{list: [1], float: 2.5, in: {a: {b: 1}}}', 'own.yaml': '{answer: 42, name: x}' };
const withParams = (own: string, top: string): string =>
  `cmd: cp foo bar, deps: [foo], params: [{own.yaml: [${own}]}, {params.yaml: [${top}]}], outs: [bar]`;
const sortedParams = /answer"?: 42[^]*name"?: x[^]*float"?: 2\.5[^]*in\.a"?: [^]*list"?: /;

const corrupt = (
  [
    ['of outputs alone', () => '    outs: {}\n'],
    ['that is empty', () => '    {}\n'],
    ['with an input that is not a path', (block: string) => block.replace(/\S*foo:.*/, '[]: x')],
  ] as const
).map(([what, spoilt]): RunningCase => ({
  title: `A block of the lock ${what}`,
  commands: plain,
  files: { foo: 'foo' },
  stages: { s: copy },
  steps: [
    {},
    {
      spoils: spoilt,
      gives: { s: 'fresh' },
      lock: /\n {2}s:\n {4}fingerprint: [^]*foo: \{ digest: 2c26b46b68ffc68f/,
    },
  ],
  differs: {
    verdict: 'better',
    dvc: 'an error that names the lock',
    here: 'the block counts as not there, and is written again from the cache; the command does not run',
    why: 'all that a lock says can be found out again',
  },
}));

const unknownField: RunningCase = {
  title: 'A block of the lock with a field that nobody knows',
  commands: plain,
  files: { foo: 'foo' },
  stages: { s: copy },
  steps: [
    {},
    { spoils: (block) => block.replace('size:', 'random: y, size:'), gives: { s: 'fresh' }, lock: /random: y/ },
  ],
  differs: {
    verdict: 'different',
    dvc: 'an error that names the lock',
    here: 'the field stays until the stage runs again',
    why: 'a later version may have written it',
  },
};

export const lock: DvcCases<RunningCase> = {
  about: 'The lock',
  source: 'func/test_lockfile.py, unit/test_lockfile.py',
  cases: [
    {
      title: 'Inputs and outputs are sorted by path',
      commands: plain,
      files: three,
      stages: { s: stage(cat, 'foo', 'bar', 'foobar') },
      steps: [{ lock: sorted }],
    },
    {
      title: 'Inputs and outputs are written in another order: nothing runs, and the lock stays',
      commands: plain,
      files: three,
      stages: { s: stage(cat, 'foo', 'bar', 'foobar') },
      steps: [{}, { stages: { s: stage(cat, 'foobar', 'foo', 'bar') }, gives: { s: 'fresh' }, lock: sorted }],
    },
    {
      title: 'The same without the lock: it is written as it was',
      commands: lockLost,
      files: three,
      stages: { s: stage(cat, 'foo', 'bar', 'foobar') },
      steps: [{}, null, { stages: { s: stage(cat, 'foobar', 'foo', 'bar') }, gives: { s: 'fresh' }, lock: sorted }],
    },
    {
      title: 'Another command changes the command in the lock, and nothing else',
      commands: plain,
      files: three,
      stages: { s: stage(cat, 'foo', 'bar', 'foobar') },
      steps: [{}, { stages: { s: stage(`true; ${cat}`, 'foo', 'bar', 'foobar') }, gives: { s: 'ran' }, lock: sorted }],
    },
    {
      title: 'Params are sorted by name, in whatever order the stage names them',
      commands: plain,
      files: { ...params, foo: 'foo' },
      stages: { s: withParams('name, answer', 'list, in.a, float') },
      steps: [
        { lock: sortedParams },
        { stages: { s: withParams('answer, name', 'float, list, in.a') }, gives: { s: 'fresh' }, lock: sortedParams },
      ],
    },
    {
      title: 'A stage without inputs and outputs: its command is recorded',
      commands: plain,
      stages: { s: 'cmd: echo recorded' },
      steps: [{ lock: /\n {2}s:\n {4}fingerprint: \w+\n {4}cmd:\n {6}- echo recorded\n/ }],
    },
    {
      title: 'A second stage leaves the block of the first as it is',
      commands: plain,
      files: { foo: 'foo' },
      stages: { one: copy },
      steps: [
        { lock: /\n {2}one:/ },
        {
          stages: { one: copy, two: 'cmd: cp foo baz, deps: [foo], outs: [baz]' },
          gives: { one: 'fresh', two: 'ran' },
          lock: /\n {2}one:[^]*\n {2}two:/,
        },
      ],
    },
    {
      title: 'A stage with inputs and outputs is recorded with their contents',
      commands: plain,
      files: { foo: 'foo' },
      stages: { s: copy },
      steps: [{ lock: /foo: \{ digest: 2c26b46b68ffc68f[^]*bar: \{ digest: 2c26b46b68ffc68f/ }],
    },
    {
      title: 'A stage that ran again takes the place of its own block',
      commands: plain,
      stages: { s: 'cmd: echo before' },
      steps: [
        { lock: /- echo before/ },
        { stages: { s: 'cmd: echo behind' }, gives: { s: 'ran' }, lock: /\n {2}s:\n.*\n.*\n {6}- echo behind/ },
      ],
    },
    {
      title: 'There is no lock yet: everything runs',
      commands: plain,
      files: { foo: 'foo' },
      stages: { s: copy },
      steps: [{ gives: { s: 'ran' } }],
    },
    {
      title: 'A lock that git ignores',
      commands: alone('a lock that git ignores', {
        args: running(),
        before: (project) => void execFileSync('git', ['init', '-q'], { cwd: project.root }),
      }),
      files: { '../.gitignore': 'pipeline.lock\n', foo: 'foo' },
      stages: { s: copy },
      steps: [{ code: 0, gives: { s: 'ran' }, lock: /\n {2}s:/ }],
      differs: {
        verdict: 'different',
        dvc: 'an error',
        here: 'is written all the same',
        why: 'what a project commits is its own affair; `gc` keeps what the lock in the workspace names',
      },
    },
    ...corrupt,
    unknownField,
  ],
};

export const status: DvcCases<RunningCase> = {
  about: 'What is out of date',
  source: 'func/test_status.py',
  cases: [
    {
      title: 'The command is another one',
      commands: asked,
      files: { foo: 'foo' },
      stages: { s: copy },
      steps: [
        {},
        { stages: { s: copy.replace('cp foo', 'cp  foo') }, says: /(?:^|\n)s: [^\n]*\n {2}- command changed/ },
      ],
    },
    {
      title: 'An output was deleted and another one edited, and the cache has them',
      commands: asked,
      files: { foo: 'foo' },
      stages: {
        one: 'cmd: cp foo alice, deps: [foo], outs: [alice]',
        two: 'cmd: cp foo bob, deps: [foo], outs: [bob]',
      },
      steps: [{}, { write: { alice: null, bob: 'new' }, says: /output alice is missing[^]*output bob changed/ }],
    },
    {
      title: 'By the exit code alone',
      commands: alone('status as an exit code', running(), 'status --exit-code', 'status --exit-code'),
      files: { foo: 'foo' },
      stages: { s: copy },
      steps: [{}, { code: 0 }, { write: { foo: 'other' }, code: 1 }],
    },
    {
      title: 'A whole file of params, in which a key is new, one is gone and one is another',
      commands: asked,
      files: { 'own.yaml': '{foo: foo, bar: bar}' },
      stages: { s: 'cmd: cat own.yaml, params: [{own.yaml: }]' },
      steps: [
        {},
        {
          write: { 'own.yaml': '{foo: foobar, lorem: ipsum}' },
          says: /own\.yaml:foo changed[^]*own\.yaml:lorem added[^]*own\.yaml:bar removed/,
        },
      ],
    },
    {
      title: 'A file of params without any key',
      commands: plain,
      files: { 'own.yaml': '{}' },
      stages: { s: 'cmd: cat own.yaml, params: [{own.yaml: }]' },
      steps: [
        { gives: { s: 'ran' } },
        { gives: { s: 'fresh' } },
        { write: { 'own.yaml': 'a: 1' }, gives: { s: 'ran' } },
      ],
    },
  ],
};
