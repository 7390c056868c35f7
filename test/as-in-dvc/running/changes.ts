import { chain, copy, copyScript, plain, scripted } from './running-case.ts';
import type { RunningCase } from './running-case.ts';

/** Something changed, and what runs therefore. */
export const changes: readonly RunningCase[] = [
  {
    title: 'Nothing changed: nothing runs',
    commands: plain,
    files: copyScript,
    stages: { s: scripted },
    steps: [{ gives: { s: 'ran' } }, { gives: { s: 'fresh' } }],
  },
  {
    title: 'A stage without an entry in the lock runs',
    commands: plain,
    files: { foo: 'foo' },
    stages: { s: copy },
    steps: [{ gives: { s: 'ran' }, holds: { bar: 'foo' } }],
  },
  {
    title: 'The command changed, if only by a space',
    commands: plain,
    files: { foo: 'foo' },
    stages: { s: copy },
    steps: [{}, { stages: { s: copy.replace('cp foo', 'cp  foo') }, gives: { s: 'ran' } }],
  },
  {
    title: 'A dependency was added',
    commands: plain,
    files: copyScript,
    stages: { s: 'cmd: "cp foo bar", deps: [foo], outs: [bar]' },
    steps: [{}, { stages: { s: 'cmd: "cp foo bar", deps: [foo, copy.sh], outs: [bar]' }, gives: { s: 'ran' } }],
  },
  {
    title: 'An output was added that the stage had been making all along',
    commands: plain,
    files: { foo: 'foo' },
    stages: { s: 'cmd: cp foo bar, deps: [foo]' },
    steps: [{}, { stages: { s: copy }, gives: { s: 'ran' } }],
  },
  {
    title: 'A dependency was moved, and the stage says so',
    commands: plain,
    files: { foo: 'foo', 'copy.sh': 'cp foo out\n' },
    stages: { s: 'cmd: sh copy.sh, deps: [foo], outs: [out]' },
    steps: [
      {},
      {
        write: { foo: null, moved: 'foo', 'copy.sh': 'cp moved out\n' },
        stages: { s: 'cmd: sh copy.sh, deps: [moved], outs: [out]' },
        gives: { s: 'ran' },
      },
    ],
  },
  {
    title: 'The code changed',
    commands: plain,
    files: { ...copyScript, bar: 'bar' },
    stages: { s: 'cmd: "sh copy.sh foo out", deps: [foo, copy.sh], outs: [out]' },
    steps: [{}, { write: { 'copy.sh': 'cp bar "$2"\n' }, gives: { s: 'ran' }, holds: { out: 'bar' } }],
  },
  {
    title: 'The data changed',
    commands: plain,
    files: copyScript,
    stages: { s: scripted },
    steps: [{}, { write: { foo: 'other' }, gives: { s: 'ran' }, holds: { bar: 'other' } }],
  },
  {
    title: 'The data changed, and two stages follow each other',
    commands: plain,
    files: { foo: 'foo' },
    stages: { one: chain.one, two: chain.two },
    steps: [
      {},
      { write: { foo: 'bar' }, gives: { one: 'ran', two: 'ran' }, holds: { 'one.txt': 'bar', 'two.txt': 'bar' } },
    ],
  },
  {
    title: 'The lock then knows the new content of the data',
    commands: plain,
    files: { foo: 'foo' },
    stages: { s: copy },
    steps: [
      { lock: /foo: \{ digest: 2c26b46b68ffc68f/ },
      { write: { foo: 'bar' }, gives: { s: 'ran' }, lock: /foo: \{ digest: fcde2b2edba56bf4/ },
    ],
  },
  {
    title: 'A file in a directory changed, and the stage depends on the file',
    commands: plain,
    files: { 'data/file': 'file', 'data/sub/foo': 'foo' },
    stages: { s: 'cmd: cp data/file out, deps: [data/file], outs: [out]' },
    steps: [{}, { write: { 'data/file': 'foo' }, gives: { s: 'ran' }, holds: { out: 'foo' } }],
  },
  {
    title: 'A dependency is a directory in which other stages put things',
    commands: plain,
    files: { foo: 'foo' },
    stages: {
      file: 'cmd: cp foo data/file, deps: [foo], outs: [data/file]',
      sub: 'cmd: "mkdir -p data/sub; echo x > data/sub/x", outs: [data/sub]',
      list: 'cmd: ls data > names, deps: [data], outs: [names]',
    },
    steps: [
      { gives: { file: 'ran', sub: 'ran', list: 'ran' }, holds: { names: 'file\nsub\n' } },
      { write: { foo: 'bar' }, gives: { file: 'ran', sub: 'fresh', list: 'ran' } },
    ],
  },
  {
    title: 'A directory as output, and its input changed',
    commands: plain,
    files: { file: 'foo' },
    stages: { s: 'cmd: "mkdir -p dir; cp file dir/foo", deps: [file], outs: [dir]' },
    steps: [
      {},
      { gives: { s: 'fresh' } },
      { write: { file: 'bar' }, gives: { s: 'ran' }, holds: { 'dir/foo': 'bar' } },
    ],
  },
  {
    title: 'A file in a directory that is an input changed',
    commands: plain,
    files: { 'data/foo': 'foo' },
    stages: { s: 'cmd: cp -r data dir, deps: [data], outs: [dir]' },
    steps: [{}, { gives: { s: 'fresh' } }, { write: { 'data/foo': 'food' }, gives: { s: 'ran' } }],
  },
  {
    title: 'A foreign file appeared in a directory that is an output',
    commands: plain,
    files: { 'data/foo': 'foo' },
    stages: { s: 'cmd: cp -r data dir, deps: [data], outs: [dir]' },
    steps: [{}, { write: { 'dir/bar': 'bar' }, gives: { s: 'restored' }, holds: { 'dir/bar': null } }],
  },
  {
    title: 'A file appeared in a directory that is an input',
    commands: plain,
    files: { 'data/foo': 'foo' },
    stages: { s: 'cmd: cp -r data dir, deps: [data], outs: [dir]' },
    steps: [{}, { write: { 'data/more': 'foo' }, gives: { s: 'ran' }, holds: { 'dir/more': 'foo' } }],
  },
  {
    title: 'A param in one of two files changed',
    commands: plain,
    files: { foo: 'foo', 'params.yaml': '{answer: 42, floats: 42.0}', 'more.yaml': '{lists: [42], name: Answer}' },
    stages: {
      s: 'cmd: cat more.yaml params.yaml > bar, deps: [foo], outs: [bar], params: [{more.yaml: [lists, name]}, {params.yaml: [answer, floats]}]',
    },
    steps: [
      {},
      { gives: { s: 'fresh' } },
      { write: { 'params.yaml': '{answer: 43, floats: 42.0}' }, gives: { s: 'ran' } },
    ],
  },
  {
    title: 'An output becomes a metric and an output again',
    commands: plain,
    files: { foo: 'foo' },
    stages: { s: 'cmd: cp foo bar, deps: [foo], outs: [{bar: {cache: false}}]' },
    steps: [
      {},
      { stages: { s: 'cmd: cp foo bar, deps: [foo], metrics: [{bar: {cache: false}}]' }, gives: { s: 'fresh' } },
      { stages: { s: 'cmd: cp foo bar, deps: [foo], outs: [{bar: {cache: false}}]' }, gives: { s: 'fresh' } },
    ],
  },
  {
    title: 'A stage without outputs at the end of a chain runs when what it needs does',
    commands: plain,
    files: { foo: 'foo' },
    stages: { one: chain.one, show: 'cmd: cat one.txt, deps: [one.txt]' },
    steps: [{}, { write: { foo: 'bar' }, gives: { one: 'ran', show: 'ran' }, holds: { 'one.txt': 'bar' } }],
  },
  {
    title: 'A stage that is always out of date comes to other outputs each time',
    commands: plain,
    files: { count: '' },
    stages: { s: 'cmd: "echo x >> count; cp count out", outs: [out], always_changed: true' },
    steps: [{ holds: { out: 'x\n' } }, { gives: { s: 'ran' }, holds: { out: 'x\nx\n' } }],
  },
];
