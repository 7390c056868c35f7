import { chain, copy, plain } from './running-case.ts';
import type { RunningCase } from './running-case.ts';

/** What becomes of commands, by themselves. */
export const commandsOfStages: readonly RunningCase[] = [
  {
    title: 'Commands of a list run in their order',
    commands: plain,
    stages: { s: 'cmd: [echo foo > foo, echo bar > bar]' },
    steps: [{ gives: { s: 'ran' }, holds: { foo: 'foo\n', bar: 'bar\n' } }],
  },
  {
    title: 'Lines of a command run in their order',
    commands: plain,
    stages: { s: 'cmd: "echo foo > foo\\necho bar > bar"' },
    steps: [{ gives: { s: 'ran' }, holds: { foo: 'foo\n', bar: 'bar\n' } }],
  },
  {
    title: 'A command of a list fails: those after it do not run',
    commands: plain,
    stages: { s: 'cmd: [echo foo > foo, exit 3, echo bar > bar]' },
    steps: [{ gives: { s: 'failed' }, holds: { foo: 'foo\n', bar: null } }],
  },
  {
    title: 'A line of a command fails: those after it do not run',
    commands: plain,
    stages: { s: 'cmd: "echo foo > foo\\nfalse\\necho bar > bar"' },
    steps: [{ gives: { s: 'failed' }, holds: { foo: 'foo\n', bar: null } }],
  },
  {
    title: 'An output that the stage declares and does not make',
    commands: plain,
    files: { foo: 'foo' },
    stages: { s: 'cmd: cp foo bar, deps: [foo], outs: [bar, baz]' },
    steps: [{ gives: { s: 'failed' }, says: /did not write .*baz/ }],
  },
  {
    title: 'A directory is in place of an output directory before the first run',
    commands: plain,
    files: { 'dir/precious': 'mine' },
    stages: { s: 'cmd: mkdir -p dir, outs: [dir]' },
    steps: [{ gives: { s: 'ran' }, holds: { 'dir/precious': null }, says: /\.pipeline\/replaced/ }],
    differs: {
      verdict: 'better',
      dvc: 'it is deleted',
      here: 'it is moved to `.pipeline/replaced`, and a note says so',
      why: 'nobody said that it could go',
    },
  },
  {
    title: 'The shell of the commands',
    commands: plain,
    stages: { s: 'cmd: "echo $0 > shell.txt", outs: [shell.txt]' },
    steps: [{ holds: { 'shell.txt': '/bin/sh\n' } }],
    differs: {
      verdict: 'different',
      dvc: 'that of `$SHELL`',
      here: '/bin/sh for everybody',
      why: 'what a command means must not depend on who runs it; write `bash -c` where it is needed',
    },
  },
  {
    title: 'A stage that fails beside others, with --keep-going',
    commands: plain,
    files: { foo: 'foo', other: 'x' },
    stages: {
      bad: 'cmd: [cp foo one.txt, exit 1], deps: [foo], outs: [one.txt]',
      after: 'cmd: cat one.txt, deps: [one.txt]',
      beside: 'cmd: cp other two.txt, deps: [other], outs: [two.txt]',
    },
    steps: [{ gives: { bad: 'failed', after: 'skipped', beside: 'ran' } }],
  },
  {
    title: 'What follows a stage that failed, with --ignore-errors',
    commands: plain,
    files: { foo: 'foo' },
    stages: {
      bad: 'cmd: [cp foo one.txt, exit 1], deps: [foo], outs: [one.txt]',
      after: 'cmd: cat one.txt, deps: [one.txt]',
    },
    steps: [{ gives: { bad: 'failed', after: 'skipped' }, holds: { 'one.txt': null } }],
    differs: {
      verdict: 'different',
      dvc: 'runs, with what the failed stage left',
      here: 'there is no such option, and what a failed stage wrote is removed',
      why: 'a result of half an input would look like a result',
    },
  },
];

/** Stages that never run. */
export const frozen: readonly RunningCase[] = [
  {
    title: 'The middle of a chain is frozen: what comes before it runs, it and what follows do not',
    commands: plain,
    files: { foo: 'foo' },
    stages: chain,
    steps: [
      {},
      {
        write: { foo: 'bar' },
        stages: { ...chain, two: `${chain.two}, frozen: true` },
        gives: { one: 'ran', two: 'fresh', three: 'fresh' },
      },
    ],
  },
  {
    title: 'Freezing and thawing a stage changes nothing of its state',
    commands: plain,
    files: { foo: 'foo' },
    stages: { s: copy },
    steps: [
      {},
      { stages: { s: `${copy}, frozen: true` }, gives: { s: 'fresh' } },
      { stages: { s: copy }, gives: { s: 'fresh' } },
    ],
  },
  {
    title: 'A stage without inputs and outputs runs every time, unless it is frozen',
    commands: plain,
    stages: { s: 'cmd: echo x' },
    steps: [
      { gives: { s: 'ran' } },
      { gives: { s: 'fresh' } },
      { stages: { s: 'cmd: echo x, always_changed: true' }, gives: { s: 'ran' } },
      { stages: { s: 'cmd: echo x, always_changed: true, frozen: true' }, gives: { s: 'fresh' } },
    ],
    differs: {
      verdict: 'different',
      dvc: 'every time',
      here: 'once; every time with `always_changed: true`',
      why: 'that it runs every time can be read in pipeline.yaml',
    },
  },
];
