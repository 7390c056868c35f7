import { execFileSync } from 'node:child_process';
import type { Rig } from '../../e2e/support/rig.ts';
import type { DvcCases } from '../case.ts';
import { alone, copy, running } from './running-case.ts';
import type { RunningCase } from './running-case.ts';

const ignored = { '../.gitignore': '.pipeline\n*/bar\n' };

function git(project: Rig, ...commands: readonly string[]): void {
  const identity = ['-c', 'user.name=test', '-c', 'user.email=test@example.org', '-c', 'commit.gpgsign=false'];
  for (const command of commands)
    execFileSync('git', [...identity, ...command.split(' ')], { cwd: project.root, stdio: 'ignore' });
}

const committing = ['init -q -b main', 'add -A', 'commit -qm one'];
const now = 'gc --older-than 0d';

const cleaned = alone('gc', running(), running(), `${now} --dry-run --json`, `${now} --json`, running(), {
  args: `${now} --json`,
  before: (project) => project.remove('pipeline.lock'),
});

export const gc: DvcCases<RunningCase> = {
  about: 'Cleaning the cache up',
  source: 'func/test_gc.py',
  cases: [
    {
      title: 'What nothing refers to goes, and what the workspace refers to stays',
      commands: cleaned,
      files: { foo: 'one' },
      stages: { s: copy },
      steps: [
        {},
        { write: { foo: 'two' } },
        {},
        { says: /"dryRun":false,"objects":\[[^\]]*"7692c3ad3540bb80/ },
        { write: { bar: null }, gives: { s: 'restored' }, holds: { bar: 'two' } },
      ],
    },
    {
      title: 'A dry run removes nothing, and names what would go',
      commands: cleaned,
      files: { foo: 'three' },
      stages: { s: copy },
      steps: [
        {},
        { write: { foo: 'four' } },
        { says: /"dryRun":true,"objects":\[[^\]]*"8b5b9db0c13db242/, holds: { bar: 'four' } },
        { says: /"dryRun":false,"objects":\[[^\]]*"8b5b9db0c13db242/ },
      ],
    },
    {
      title: 'The outputs of a stage stay while it is in the lock, and go with it',
      commands: cleaned,
      files: { foo: 'five' },
      stages: { s: copy },
      steps: [
        {},
        {},
        {},
        { says: /"objects":(?!\[[^\]]*"222b0bd51fcef7e6)/ },
        {},
        { says: /"objects":\[[^\]]*"222b0bd51fcef7e6/ },
      ],
    },
    {
      title: 'What the lock of a commit on a branch or a tag refers to stays, without being asked for',
      commands: alone(
        'gc with branches',
        running(),
        { args: running(), before: (project) => git(project, ...committing, 'tag one', 'checkout -qb other') },
        { args: `${now} --json`, before: (project) => git(project, 'commit -qam two', 'checkout -q main') },
      ),
      files: { ...ignored, foo: 'foo' },
      stages: { s: copy },
      steps: [{}, { write: { foo: 'other' } }, { code: 0, says: /"objects":\[\],/ }],
      differs: {
        verdict: 'better',
        dvc: 'only with `--all-branches`, `--all-tags`, `--all-commits`',
        here: 'branches, tags, stash and index always count',
        why: 'a forgotten option must not cost a result',
      },
    },
    {
      title: 'gc without saying what is to stay',
      commands: alone('gc alone', running(), running(), 'gc'),
      files: { foo: 'foo' },
      stages: { s: copy },
      steps: [{}, { write: { foo: 'other' } }, { code: 0, says: /removed 0 objects/ }],
      differs: {
        verdict: 'different',
        dvc: 'an error: one of its options has to be given',
        here: 'removes what is older than 30 days',
        why: 'the default is harmless',
      },
    },
    {
      title: 'The lock of the workspace cannot be read',
      commands: alone('gc with a broken lock', running(), {
        args: `${now} --json`,
        before: (project) => project.write({ 'pipeline.lock': `<<<<<<< ours\n${project.read('pipeline.lock')}` }),
      }),
      files: { foo: 'foo' },
      stages: { s: copy },
      steps: [{}, { code: 0, says: /"objects":\[\],/ }],
      differs: {
        verdict: 'better',
        dvc: 'an error; with --skip-failed what the file names may go',
        here: 'whatever digest stands in it stays',
        why: 'a merge conflict must not cost a result',
      },
    },
    {
      title: 'The list of an output directory is gone from the cache',
      commands: alone('gc without a list', running(), {
        args: `${now} --json`,
        before: (project) => {
          execFileSync('sh', ['-c', "find .pipeline/store/objects -name '*.dir' -delete"], { cwd: project.root });
        },
      }),
      files: { 'in/x': 'x', 'in/sub/y': 'y' },
      stages: { s: 'cmd: cp -r in out, deps: [in], outs: [out]' },
      steps: [{}, { code: 0, says: /"objects":\[\{"digest":[^]*"digest":/ }],
      differs: {
        verdict: 'different',
        dvc: 'stops; with --force its files go',
        here: 'its files go',
        why: 'without the list nothing can be restored from them',
      },
    },
  ],
};
