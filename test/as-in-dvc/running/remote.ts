import type { DvcCases } from '../case.ts';
import { alone, copy, plain, pulledWithLock, remote, running } from './running-case.ts';
import type { RunningCase } from './running-case.ts';

export const pulling: DvcCases<RunningCase> = {
  about: 'Running with a remote',
  source: 'func/repro/test_repro_pull.py',
  cases: [
    {
      title: 'What an earlier stage made is gone, here and in the cache: it comes from the remote',
      commands: pulledWithLock,
      files: { fixed: 'foo' },
      stages: {
        make: 'cmd: cp fixed foo, deps: [fixed], outs: [foo]',
        s: copy,
      },
      steps: [{}, {}, { write: { foo: null }, gives: { make: 'restored', s: 'fresh' }, holds: { foo: 'foo' } }],
    },
    {
      title: 'An output that persists is gone: it comes from the remote',
      commands: pulledWithLock,
      files: { foo: 'foo' },
      stages: { s: 'cmd: cp foo bar, deps: [foo], outs: [{bar: {persist: true}}]' },
      steps: [{}, {}, { write: { bar: null }, gives: { s: 'restored' }, holds: { bar: 'foo' } }],
    },
    {
      title: 'A single stage, of which the remote has the input',
      commands: pulledWithLock,
      folder: 'only',
      files: { fixed: 'foo' },
      stages: { make: 'cmd: cp fixed foo, deps: [fixed], outs: [foo]', s: copy },
      steps: [{}, {}, {}, { write: { foo: null }, says: /foo, which s depends on/ }],
      differs: {
        verdict: 'different',
        dvc: 'fetches the input',
        here: 'an error that names the input; without `--single` it comes',
        why: '`--single` touches nothing but the stage',
      },
    },
    {
      title: 'The remote has no runs, or they are not asked for: the stage runs',
      commands: {
        ...alone('pull from an empty remote', running(), {
          args: running('--pull'),
          before: (project) => project.remove('.pipeline/store'),
        }),
        files: remote,
      },
      files: { foo: 'foo' },
      stages: { s: 'cmd: cat foo foo > bar, deps: [foo], outs: [bar]' },
      steps: [{}, { write: { bar: null }, gives: { s: 'ran' }, holds: { bar: 'foofoo' } }],
    },
    {
      title: '--pull beside --no-run-cache: runs are not taken',
      commands: pulledWithLock,
      files: { foo: 'foo' },
      stages: { s: copy },
      steps: [{}, {}, {}, null, { write: { bar: null }, gives: { s: 'ran' } }],
    },
  ],
};

export const missing: DvcCases<RunningCase> = {
  about: 'Running where data are missing',
  source: 'func/repro/test_repro_allow_missing.py',
  cases: [
    {
      title: '--allow-missing: what an unchanged stage made is gone, here and in the cache',
      commands: alone('status without data', running(), {
        args: 'status --json',
        before: (project) => project.remove('.pipeline/store'),
      }),
      files: { fixed: 'x' },
      stages: { make: 'cmd: cp fixed foo, deps: [fixed], outs: [foo]', s: copy },
      steps: [{}, { write: { foo: null }, code: 0, says: /"output-missing"/ }],
      differs: {
        verdict: 'different',
        dvc: 'both stages count as up to date',
        here: 'there is no such option; the stage runs',
        why: '`run --pull` fetches what is missing instead; `status` says which stages only miss files',
      },
    },
    {
      title: '--allow-missing --pull: a new stage needs what is gone, and nothing else runs',
      commands: pulledWithLock,
      files: { fixed: 'x' },
      stages: { make: 'cmd: cp fixed foo, deps: [fixed], outs: [foo]' },
      steps: [
        {},
        {},
        {
          write: { foo: null },
          stages: { make: 'cmd: cp fixed foo, deps: [fixed], outs: [foo]', s: copy },
          gives: { make: 'restored', s: 'ran' },
        },
      ],
    },
    {
      title: '--allow-missing --pull: the stage before has new params, was run and pushed, and its output is gone',
      commands: {
        ...alone('push what new params made', running(), running('--stage part-make'), 'push', {
          args: running('--pull'),
          before: (project) => project.remove('.pipeline/store'),
        }),
        files: remote,
      },
      folder: 'part',
      files: { 'p.yaml': 'p: 1' },
      stages: { make: 'cmd: cat p.yaml > foo, params: [{p.yaml: [p]}], outs: [foo]', s: copy },
      steps: [
        {},
        { write: { 'p.yaml': 'p: 2' }, gives: { make: 'ran' } },
        null,
        { write: { foo: null }, gives: { make: 'restored', s: 'ran' }, holds: { bar: 'p: 2' } },
      ],
    },
    {
      title: '--allow-missing: an output is gone, and the cache has it',
      commands: plain,
      files: { fixed: 'x' },
      stages: { make: 'cmd: cp fixed foo, deps: [fixed], outs: [foo]', s: copy },
      steps: [{}, { write: { foo: null }, gives: { make: 'restored', s: 'fresh' }, holds: { foo: 'x' } }],
      differs: {
        verdict: 'different',
        dvc: 'it stays away',
        here: 'there is no such option; it is put back in place',
        why: 'nothing has to be computed for it',
      },
    },
  ],
};
