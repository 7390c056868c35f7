import type { DvcCases } from '../case.ts';
import { alone, copy, dry, forced, lockLost, plain, pulled, refused, running } from './running-case.ts';
import type { RunningCase, Stages } from './running-case.ts';

const away = { s: 'cmd: "true"' };

/** Runs, is taken out of pipeline.yaml with its outputs, and comes back. */
function comesBack(title: string, stages: Stages, out: string, files: RunningCase['files']): RunningCase {
  return {
    title,
    commands: plain,
    ...(files === undefined ? {} : { files }),
    stages,
    steps: [
      { gives: { s: 'ran' } },
      { write: { [out]: null }, stages: away },
      { stages, gives: { s: 'restored' }, holds: { [out]: 'x\n' } },
    ],
  };
}

const counting = 'echo x >> ran.txt; cp ran.txt out';

const known = {
  here: 'the project knows the run; a shared cache or a remote does not get it',
  why: 'here the same command means the same; in another project it may not',
} as const;

export const stageCache: DvcCases<RunningCase> = {
  about: 'Runs that are kept',
  source: 'unit/stage/test_cache.py',
  cases: [
    comesBack(
      'A stage that is written again, after it and its outputs were gone, is not run again',
      { s: `cmd: "${counting}", deps: [dep], outs: [out]` },
      'out',
      { dep: 'dep' },
    ),
    comesBack(
      'The same with params of two files',
      { s: `cmd: "${counting}", params: [{params.yaml: [foo, bar]}, {own.yaml: [baz]}], outs: [out]` },
      'out',
      { 'params.yaml': '{foo: 1, bar: 2}', 'own.yaml': '{baz: 3, qux: 4}' },
    ),
    comesBack(
      'The same in a working directory',
      { s: `wdir: HERE/sub, cmd: "${counting}", deps: [../dep], outs: [out]` },
      'sub/out',
      { dep: 'dep', 'sub/x': '' },
    ),
    {
      title: 'A stage without a command',
      commands: refused,
      stages: { s: 'deps: [HERE]' },
      steps: [{ says: /"cmd"/ }],
    },
    {
      title: 'A command without inputs and outputs, after the lock is gone',
      commands: lockLost,
      stages: { s: 'cmd: "echo x >> ran.txt"' },
      steps: [{}, null, { gives: { s: 'fresh' }, holds: { 'ran.txt': 'x\n' } }],
      differs: { verdict: 'different', dvc: 'runs every time', ...known },
    },
    {
      title: 'A stage without outputs, after the lock is gone',
      commands: lockLost,
      files: { foo: 'foo' },
      stages: { s: 'cmd: "echo x >> ran.txt", deps: [foo]' },
      steps: [{}, null, { gives: { s: 'fresh' }, holds: { 'ran.txt': 'x\n' } }],
      differs: { verdict: 'different', dvc: 'runs again', ...known },
    },
    {
      title: 'A stage without inputs, after its output and the lock are gone',
      commands: lockLost,
      stages: { s: 'cmd: "echo x > out", outs: [out]' },
      steps: [{}, null, { write: { out: null }, gives: { s: 'restored' }, holds: { out: 'x\n' } }],
      differs: { verdict: 'different', dvc: 'runs again', ...known },
    },
    {
      title: 'A stage without inputs, pulled where neither lock nor cache is',
      commands: pulled,
      stages: { s: 'cmd: "echo x > out", outs: [out]' },
      steps: [{}, {}, {}, { write: { out: null }, gives: { s: 'ran' } }],
    },
    {
      title: 'A stage that is always out of date, after the lock is gone',
      commands: lockLost,
      files: { foo: 'foo' },
      stages: { s: `${copy}, always_changed: true` },
      steps: [{ gives: { s: 'ran' } }, { gives: { s: 'ran' } }, { gives: { s: 'ran' } }],
    },
  ],
};

const nondeterministic = 'cmd: "echo x >> count; cp count out", deps: [foo], outs: [out]';

export const runCache: DvcCases<RunningCase> = {
  about: 'Runs that come back',
  source: 'func/test_run_cache.py',
  cases: [
    {
      title: 'Output and lock are gone: both come back, and the command does not run',
      commands: lockLost,
      files: { foo: 'foo' },
      stages: { s: copy },
      steps: [{}, null, { write: { bar: null }, gives: { s: 'restored' }, holds: { bar: 'foo' }, lock: /\n {2}s:/ }],
    },
    {
      title: 'The input is as it was two runs ago',
      commands: plain,
      files: { foo: 'foo' },
      stages: { s: copy },
      steps: [
        {},
        { write: { foo: 'foobar' }, gives: { s: 'ran' } },
        { write: { foo: 'foo' }, gives: { s: 'restored' }, holds: { bar: 'foo' } },
      ],
    },
    {
      title: 'Outputs of two stages and the lock are gone',
      commands: lockLost,
      files: { foo: 'foo', bar: 'bar' },
      stages: {
        one: 'cmd: cp foo foo.bak, deps: [foo], outs: [foo.bak]',
        two: 'cmd: cp bar bar.bak, deps: [bar], outs: [bar.bak]',
      },
      steps: [
        {},
        null,
        {
          write: { 'foo.bak': null, 'bar.bak': null },
          gives: { one: 'restored', two: 'restored' },
          holds: { 'foo.bak': 'foo', 'bar.bak': 'bar' },
        },
      ],
    },
    {
      title: 'Of several runs with the same inputs the newest comes back',
      commands: forced,
      files: { foo: 'foo', count: '' },
      stages: { s: nondeterministic },
      steps: [
        {},
        {},
        { holds: { out: 'x\nx\nx\n' } },
        { write: { out: null }, gives: { s: 'restored' }, holds: { out: 'x\nx\nx\n' } },
      ],
    },
    {
      title: 'A dry run keeps nothing',
      commands: dry,
      files: { foo: 'foo' },
      stages: { s: copy },
      steps: [{ gives: { s: 'run' }, holds: { '../.pipeline/store/runs': null } }],
    },
    ...(['metrics', 'plots'] as const).map((kind): RunningCase => ({
      title: `A run with ${kind} that are not cached comes back whole`,
      commands: plain,
      files: { foo: 'foo' },
      stages: { s: `cmd: "cp foo bar; cp foo goo", deps: [foo], outs: [goo], ${kind}: [{bar: {cache: false}}]` },
      steps: [{}, { write: { bar: null, goo: null }, gives: { s: 'restored' }, holds: { bar: 'foo' } }],
    })),
    {
      title: 'A run with an output that is not cached does not come back',
      commands: plain,
      files: { foo: 'foo' },
      stages: { s: 'cmd: "cp foo bar; cp foo goo", deps: [foo], outs: [goo, {bar: {cache: false}}]' },
      steps: [{}, { write: { bar: null, goo: null }, gives: { s: 'ran' }, holds: { bar: 'foo' } }],
    },
    {
      title: 'push and run --pull carry runs to where neither lock nor cache is',
      commands: pulled,
      files: { foo: 'foo' },
      stages: { s: copy },
      steps: [{}, {}, {}, { write: { bar: null }, gives: { s: 'restored' }, holds: { bar: 'foo' } }],
    },
    {
      title: 'pull brings the runs, too',
      commands: pulled,
      files: { foo: 'bar' },
      stages: { s: copy },
      steps: [{}, { says: /"runs":2/ }, { says: /"runs":2/ }],
    },
    {
      title: 'A remote that is not there',
      commands: alone('push without a remote', running(), 'push'),
      files: { '../.pipeline/config.yaml': 'cache: {remote: gone}\n', foo: 'foo' },
      stages: { s: copy },
      steps: [{}, { code: 2, says: /gone/ }],
    },
  ],
};
