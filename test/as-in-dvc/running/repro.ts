import type { DvcCases } from '../case.ts';
import { changes } from './changes.ts';
import { commandsOfStages, frozen } from './commands.ts';
import { copy, lockLost } from './running-case.ts';
import type { RunningCase } from './running-case.ts';
import { mistakes, selection } from './selection.ts';

export const repro: DvcCases<RunningCase> = {
  about: 'What runs',
  source: 'func/repro/test_repro.py',
  cases: [
    ...changes,
    ...commandsOfStages,
    ...frozen,
    ...selection,
    ...mistakes,
    {
      title: 'The lock was deleted, and everything else is there: the command does not run',
      commands: lockLost,
      files: { foo: 'foo' },
      stages: { s: copy },
      steps: [{ gives: { s: 'ran' } }, { gives: { s: 'fresh' } }, { gives: { s: 'fresh' }, lock: /bar/ }],
    },
  ],
};
