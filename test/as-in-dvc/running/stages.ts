import { chmodSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import type { DvcCases } from '../case.ts';
import { alone, copy, plain, refused, running } from './running-case.ts';
import type { RunningCase } from './running-case.ts';

const circular = (
  [
    ['', 'foo', 'foo'],
    [', not cached', 'foo', '{foo: {cache: false}}'],
    [', written in another way', './foo', 'foo'],
  ] as const
).map(([how, dep, out]): RunningCase => ({
  title: `A file is input and output of one stage${how}`,
  commands: refused,
  stages: { s: `cmd: x, deps: ["${dep}"], outs: [${out}]` },
  steps: [{ says: /"s" depends on "foo", which it makes itself|depends on .*foo.*itself/ }],
}));

const twice = (
  [
    ['', 'foo, foo'],
    [', once cached and once not', 'foo, {foo: {cache: false}}'],
    [', written in another way', 'foo, ./foo'],
  ] as const
).map(([how, outs]): RunningCase => ({
  title: `A stage has an output twice${how}`,
  commands: refused,
  stages: { s: `cmd: x, outs: [${outs}]` },
  steps: [{ says: /foo.*twice|twice.*foo/ }],
}));

const badPlaces = (
  [
    ['lies outside the project', '../..'],
    ['lies outside the project in a folder of a similar name', '../../HERE-more'],
    ['does not exist', 'HERE/nowhere'],
    ['is a file', 'HERE/file'],
  ] as const
).map(([what, wdir]): RunningCase => ({
  title: `A working directory that ${what}`,
  commands: refused,
  files: { file: '' },
  stages: { s: `wdir: "${wdir}", cmd: x` },
  steps: [{ says: /error: the working directory "/ }],
}));

export const stages: DvcCases<RunningCase> = {
  about: 'What a stage may be',
  source: 'func/test_run.py',
  cases: [
    {
      title: 'Two stages with one output',
      commands: refused,
      files: { foo: 'foo' },
      stages: { one: copy, two: copy },
      steps: [{ says: /error: .*"bar"/ }],
    },
    {
      title: 'A command alone',
      commands: plain,
      stages: { s: 'cmd: echo hello world' },
      steps: [{ gives: { s: 'ran' }, says: /hello world/ }],
    },
    {
      title: 'Outputs that are not cached',
      commands: plain,
      files: { foo: 'foo' },
      stages: { s: 'cmd: cp foo foo1, deps: [foo], outs: [{foo1: {cache: false}}]' },
      steps: [{ gives: { s: 'ran' } }, { gives: { s: 'fresh' } }],
    },
    {
      title: 'Paths in a working directory are below it',
      commands: plain,
      files: { 'dir/foo': 'foo' },
      stages: { s: 'wdir: HERE/dir, cmd: cp foo foo1, deps: [foo], outs: [foo1]' },
      steps: [{ gives: { s: 'ran' }, holds: { 'dir/foo1': 'foo' } }],
    },
    {
      title: 'A circle of three stages and a file that none makes',
      commands: refused,
      stages: {
        a: 'cmd: x, deps: [foo], outs: [bar]',
        b: 'cmd: x, deps: [bar], outs: [baz]',
        c: 'cmd: x, deps: [baz], outs: [foo]',
      },
      steps: [{ says: /these stages wait for each other: a -> c -> b -> a/ }],
    },
    ...circular,
    ...twice,
    ...badPlaces,
    ...['\\\\', '/', '@', ':', ';'].map((character): RunningCase => ({
      title: `A stage with \`${character.slice(-1)}\` in its name`,
      commands: refused,
      stages: { [`"HERE-copy${character}name"`]: 'cmd: x' },
      steps: [{ says: /error: .*"copy.+name"/ }],
    })),
    {
      title: 'A stage with a hyphen and an underscore in its name',
      commands: plain,
      files: { foo: 'foo' },
      stages: { 'copy-foo_bar': copy },
      steps: [{ gives: { 'copy-foo_bar': 'ran' } }],
    },
    {
      title: 'A param of a default file and one of another are recorded with their values',
      commands: plain,
      files: { 'own.yaml': 'list: [42, 42.5, "42"]', 'params.yaml': 'in: {a: {b: "42"}}' },
      stages: { s: 'cmd: "true", params: [{own.yaml: [list]}, {params.yaml: [in.a.b]}]' },
      steps: [
        {
          lock: /in\.a\.b"?: "42"[^]*list"?: \[ ?42, 42\.5, "42" ?\]|list"?: \[ ?42, 42\.5, "42" ?\][^]*in\.a\.b"?: "42"/,
        },
      ],
    },
    {
      title: 'A file that is in place of an output before the first run does not reach the stage',
      commands: plain,
      files: { foo: 'foo' },
      stages: { s: 'cmd: "echo x >> foo", outs: [foo]' },
      steps: [{ gives: { s: 'ran' }, holds: { foo: 'x\n' } }],
    },
    {
      title: 'An output that persists is handed to the stage as it is',
      commands: plain,
      files: { foo: 'foo\n' },
      stages: { s: 'cmd: "echo x >> foo", outs: [{foo: {persist: true}}]' },
      steps: [{ gives: { s: 'ran' }, holds: { foo: 'foo\nx\n' } }],
    },
    {
      title: 'A directory as metrics',
      commands: plain,
      files: { 'dir/file': 'content' },
      stages: { s: 'cmd: cp -r dir made, deps: [dir], metrics: [made]' },
      steps: [{ gives: { s: 'ran' } }],
    },
    {
      title: 'An output was edited through its hard link, and so the object of the cache with it',
      commands: {
        ...alone('hard links', running(), {
          args: running(),
          before: (project) => {
            const output = path.join(project.root, 'linked/bar');
            chmodSync(output, 0o644);
            writeFileSync(output, 'edited');
          },
        }),
        files: { '.pipeline/config.yaml': 'cache: {links: [hardlink, copy]}\n' },
      },
      folder: 'linked',
      files: { foo: 'foo' },
      stages: { s: copy },
      steps: [{}, { gives: { s: 'ran' }, holds: { bar: 'foo' } }],
    },
  ],
};
