import type { Rig } from '../../e2e/support/rig.ts';
import type { DvcCase } from '../case.ts';

/**
 * Stages in a folder of their own, and what becomes of them step by step. Cases with the same commands share a project,
 * so that the command line starts once for all of them.
 */
export interface RunningCase extends DvcCase {
  readonly commands: Commands;
  /** Where the commands name its stages, as FOLDER-STAGE; absent: any. */
  readonly folder?: string;
  /** Below the folder of the case, which is the working directory of its stages. */
  readonly files?: { readonly [file: string]: string };
  /** The inside of a flow map by the name of the stage: `cmd: cp foo bar, deps: [foo]`. `HERE` is the folder. */
  readonly stages: Stages;
  /** One for each command; none: nothing is changed and nothing looked at. */
  readonly steps: readonly (Step | null)[];
}

export type Stages = { readonly [name: string]: string };

export interface Step {
  /** Before the command: these files get this content, or go (null). */
  readonly write?: { readonly [file: string]: string | null };
  /** Before the command: the stages are these from now on. */
  readonly stages?: Stages;
  /** Before the command: what the lock says of the stage `s` is changed so. */
  readonly spoils?: (block: string) => string;
  /** By stage: what the command says became of it, or with `--dry-run` what would. */
  readonly gives?: { readonly [stage: string]: string };
  /** What files hold afterwards; null: they are not there. */
  readonly holds?: { readonly [file: string]: string | null };
  /** What the command printed. Paths and names are without the folder. */
  readonly says?: RegExp;
  /** What the lock says of the stages, in the same way; each begins with a line break. */
  readonly lock?: RegExp;
  /** The exit code; only where no other case shares the project. */
  readonly code?: number;
}

/** Commands that run one after the other in one project. */
export interface Commands {
  readonly name: string;
  readonly steps: readonly Command[];
  /** Files at the top of the project. */
  readonly files?: { readonly [file: string]: string };
}

interface Command {
  readonly args: string;
  readonly before?: (project: Rig) => void;
}

const run = '--json --keep-going -j 4';

const forgetLock = (project: Rig): void => project.remove('pipeline.lock');
const forgetCache = (project: Rig): void => project.remove('.pipeline/store');
/** A shared folder inside the project. */
export const remote = { '.pipeline/config.yaml': 'cache: {remote: remote}\n', 'remote/.keep': '' };

export const plain: Commands = {
  name: 'run, four times',
  steps: [{ args: run }, { args: run }, { args: run }, { args: run }],
};

export const lockLost: Commands = {
  name: 'run, and again without the lock',
  steps: [{ args: run }, { args: run }, { args: run, before: forgetLock }],
};

export const forced: Commands = {
  name: 'run, and again with --force',
  steps: [{ args: run }, { args: `${run} --force` }, { args: `${run} --force` }, { args: run, before: forgetLock }],
};

export const selected: Commands = {
  name: 'run some of the stages',
  steps: [
    { args: run },
    { args: `${run} --stage b-b --downstream --force` },
    { args: `${run} --stage a-a --downstream --force` },
    { args: `${run} --from second-two` },
    { args: `${run} --from first-one` },
    { args: `${run} --stage part-two --force` },
    { args: `${run} --stage single-two --stage single-one --single` },
  ],
};

export const dry: Commands = {
  name: 'dry run, run, dry run',
  steps: [{ args: '--json --dry-run' }, { args: run }, { args: '--json --dry-run' }],
};

export const cacheless: Commands = {
  name: 'run without a cache',
  steps: [{ args: `${run} --no-cache` }, { args: run }],
};

export const pulled: Commands = {
  name: 'push, pull, and run with --pull without lock and cache',
  files: remote,
  steps: [
    { args: run },
    { args: 'push --json' },
    { args: 'pull --json', before: forgetCache },
    {
      args: `${run} --pull`,
      before: (project) => {
        forgetLock(project);
        forgetCache(project);
      },
    },
  ],
};

export const pulledWithLock: Commands = {
  name: 'push, and run with --pull without a cache',
  files: remote,
  steps: [
    { args: run },
    { args: 'push' },
    { args: `${run} --pull`, before: forgetCache },
    { args: `${run} --pull --single --stage only-s`, before: forgetCache },
    { args: `${run} --pull --no-cache`, before: forgetLock },
  ],
};

export const asked: Commands = { name: 'run, and ask for the status', steps: [{ args: run }, { args: 'status' }] };

/** The second run refuses to start. */
export const robbed: Commands = { name: 'run, and again without inputs', steps: [{ args: run }, { args: run }] };

export const refused: Commands = { name: 'run what has mistakes', steps: [{ args: '' }] };

/** A project of its own. */
export function alone(name: string, ...args: readonly (string | Command)[]): Commands {
  return { name, steps: args.map((one) => (typeof one === 'string' ? { args: one } : one)) };
}

/** The usual options of a run, with more. */
export function running(more = ''): string {
  return `${run} ${more}`.trim();
}

export const copy = 'cmd: cp foo bar, deps: [foo], outs: [bar]';

/** Each stage copies what the one before it made. */
export const chain = {
  one: 'cmd: cp foo one.txt, deps: [foo], outs: [one.txt]',
  two: 'cmd: cp one.txt two.txt, deps: [one.txt], outs: [two.txt]',
  three: 'cmd: cp two.txt three.txt, deps: [two.txt], outs: [three.txt]',
};

/** Copies by a script that is an input itself. */
export const scripted = 'cmd: "sh copy.sh foo bar", deps: [foo, copy.sh], outs: [bar]';
export const copyScript = { 'copy.sh': 'cp "$1" "$2"\n', foo: 'foo' };
