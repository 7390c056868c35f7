import type { DvcCases } from '../case.ts';
import { plain } from './running-case.ts';
import type { RunningCase } from './running-case.ts';

const folder = 'cmd: "mkdir -p dir/empty; echo x > dir/x", outs: [dir]';
const program = 'cmd: "echo exit 0 > program; chmod +x program", outs: [program]';

export const beyond: DvcCases<RunningCase> = {
  about: 'What no test of DVC tries of stages and outputs',
  source: '../dvc/stage/run.py, ../dvc/output.py',
  cases: [
    {
      title: 'A variable that one line of a command sets, in the next line',
      commands: plain,
      stages: { s: 'cmd: "x=1\\necho $x > out", outs: [out]' },
      steps: [{ gives: { s: 'ran' }, holds: { out: '1\n' } }],
      differs: {
        verdict: 'better',
        dvc: 'nothing: every line is a shell of its own',
        here: 'its value',
        why: 'a text of several lines is one text; `cd`, loops and `if` work',
      },
    },
    {
      title: 'A line `a && b` in which a fails, and a line after it',
      commands: plain,
      stages: { s: 'cmd: "false && true\\necho x > out", outs: [out]' },
      steps: [{ gives: { s: 'ran' }, holds: { out: 'x\n' } }],
      differs: {
        verdict: 'different',
        dvc: 'the stage fails',
        here: 'the next line runs',
        why: "that is what `set -e` means in every shell; a list of commands stops as DVC's lines do",
      },
    },
    {
      title: 'What a stage wrote before it failed',
      commands: plain,
      stages: { s: 'cmd: [echo x > out, exit 1], outs: [out]' },
      steps: [{ gives: { s: 'failed' }, holds: { out: null } }],
      differs: {
        verdict: 'different',
        dvc: 'stays',
        here: 'is removed, unless it is marked `persist`',
        why: 'it could be taken for a result',
      },
    },
    {
      title: 'An empty folder in an output that comes back',
      commands: plain,
      stages: { s: folder },
      steps: [
        {},
        { write: { dir: null }, gives: { s: 'restored' } },
        {
          stages: { s: folder, list: 'cmd: ls dir > names, deps: [dir], outs: [names]' },
          gives: { s: 'fresh', list: 'ran' },
          holds: { names: 'empty\nx\n' },
        },
      ],
      differs: {
        verdict: 'better',
        dvc: 'is not there',
        here: 'is there',
        why: 'the stage made it, and the next one may want it',
      },
    },
    {
      title: 'A program leaves compiled files in a directory that is an input',
      commands: plain,
      files: { 'src/a.txt': 'x' },
      stages: {
        s: 'cmd: "mkdir -p src/__pycache__; date > src/__pycache__/a.pyc; cat src/a.txt > out", deps: [src], outs: [out]',
      },
      steps: [{ gives: { s: 'ran' } }, { write: { 'src/__pycache__/b.pyc': 'y' }, gives: { s: 'fresh' } }],
      differs: {
        verdict: 'better',
        dvc: 'the stage runs again, unless .dvcignore names them',
        here: 'they are no inputs: `__pycache__` and the like are left out',
        why: 'they say nothing that the sources do not say, and differ on every machine',
      },
    },
    {
      title: 'A program as an output that comes back can be started',
      commands: plain,
      stages: { s: program },
      steps: [
        {},
        { write: { program: null }, gives: { s: 'restored' } },
        {
          stages: { s: program, start: 'cmd: ./program, deps: [program]' },
          gives: { s: 'fresh', start: 'ran' },
        },
      ],
    },
  ],
};
