/** A program whose arguments are a command of their own: `nice -n 5 python train.py`. */
export interface Prefix {
  /** A word that has to come first: `uv run`. */
  readonly verb?: string;
  /** Options whose value is the next word. */
  readonly valued?: readonly string[];
  /** Options that are followed by two words. */
  readonly twice?: readonly string[];
  /** Words before the command that are no options: the time of `timeout`. */
  readonly words?: number;
}

const ofMpi: Prefix = {
  valued: [
    ...['-n', '-np', '-c', '-N', '-H', '-x', '-f', '-ppn', '-hosts', '-host', '--host', '-hostfile', '--hostfile'],
    ...[
      '-machinefile',
      '--machinefile',
      '--map-by',
      '-map-by',
      '--bind-to',
      '-bind-to',
      '--rank-by',
      '-wdir',
      '--wdir',
    ],
    ...['--np', '--output-filename', '--app', '--prefix', '--tune', '-genvlist'],
  ],
  twice: ['-mca', '--mca', '-gmca', '--gmca', '-genv', '-env'],
};
const ofEnvironments: Prefix = {
  verb: 'run',
  valued: [
    ...['-n', '--name', '-p', '--prefix', '--cwd', '--python', '--with', '--with-requirements', '--with-editable'],
    ...['--project', '--directory', '--extra', '--group', '--package', '--env-file', '--index', '-e', '--environment'],
    ...[
      '--manifest-path',
      '--only-group',
      '--no-group',
      '--refresh-package',
      '--config-file',
      '--cache-dir',
      '-C',
      '-P',
    ],
  ],
};
const plain: Prefix = {};
const withoutInstall: Prefix = { valued: ['-p', '--package', '--cache'] };

/** Programs that start another one, by name. */
export const prefixes: ReadonlyMap<string, Prefix> = new Map<string, Prefix>([
  ['env', { valued: ['-u', '--unset', '-C', '--chdir'] }],
  ['nice', { valued: ['-n', '--adjustment'] }],
  ['ionice', { valued: ['-c', '-n', '--class', '--classdata'] }],
  ['time', { valued: ['-f', '-o', '--format', '--output'] }],
  ['timeout', { valued: ['-s', '-k', '--signal', '--kill-after'], words: 1 }],
  ['watch', { valued: ['-n', '--interval'] }],
  ['taskset', { words: 1 }],
  ['chrt', { words: 1 }],
  ['flock', { valued: ['-w', '-E'], words: 1 }],
  ['stdbuf', { valued: ['-i', '-o', '-e', '--input', '--output', '--error'] }],
  [
    'numactl',
    { valued: ['-N', '-m', '-C', '-p', '-i', '--cpunodebind', '--membind', '--physcpubind', '--interleave'] },
  ],
  [
    'xvfb-run',
    { valued: ['-n', '-s', '-e', '-f', '-p', '-w', '--server-num', '--server-args', '--error-file', '--wait'] },
  ],
  ['sudo', { valued: ['-u', '-g', '-C', '-D', '--user', '--group', '--chdir'] }],
  ['doas', { valued: ['-u', '-C'] }],
  ['exec', { valued: ['-a'] }],
  ['xargs', { valued: ['-n', '-P', '-I', '-L', '-d', '-a', '-s', '-E', '--max-args', '--max-procs', '--arg-file'] }],
  ['parallel', { valued: ['-j', '--jobs', '-n', '-N', '-a', '-S', '--delay', '--timeout', '--joblog', '-I'] }],
  ['srun', { valued: ['-n', '-N', '-c', '-p', '-A', '-t', '-J', '-w', '-x', '-G', '-C', '-q', '-D', '-o', '-e'] }],
  ['horovodrun', { valued: ['-np', '-H', '-hostfile', '--hostfile', '-p', '--num-proc', '--hosts'] }],
  ...[
    'nohup',
    'setsid',
    'command',
    'builtin',
    'chronic',
    'unbuffer',
    'caffeinate',
    'valgrind',
    'catchsegv',
    'busybox',
    'toybox',
  ].map((name): [string, Prefix] => [name, plain]),
  ...['mpirun', 'mpiexec', 'orterun', 'prterun', 'mpiexec.hydra'].map((name): [string, Prefix] => [name, ofMpi]),
  ...['uv', 'poetry', 'pipenv', 'pdm', 'hatch', 'rye', 'pixi', 'conda', 'mamba', 'micromamba'].map(
    (name): [string, Prefix] => [name, ofEnvironments],
  ),
  ...['npx', 'bunx', 'pnpx'].map((name): [string, Prefix] => [name, withoutInstall]),
  ...['npm', 'pnpm', 'yarn'].map((name): [string, Prefix] => [name, { ...withoutInstall, verb: 'exec' }]),
]);

/** Programs with an option whose value is a shell text. */
export const textOptions: ReadonlyMap<string, readonly string[]> = new Map<string, readonly string[]>([
  ...['flock', 'su', 'runuser', 'sg', 'script'].map((name): [string, string[]] => [name, ['-c', '--command']]),
  ['sbatch', ['--wrap']],
  ['xterm', ['-e']],
]);

/** Programs that run what files of their own names say, in the order in which they look for them. */
export const plans: ReadonlyMap<string, readonly string[]> = new Map<string, readonly string[]>([
  ...['make', 'gmake'].map((name): [string, string[]] => [name, ['GNUmakefile', 'makefile', 'Makefile']]),
  ['just', ['justfile', 'Justfile']],
  ['snakemake', ['Snakefile', 'workflow/Snakefile']],
  ['doit', ['dodo.py']],
  ...['invoke', 'inv'].map((name): [string, string[]] => [name, ['tasks.py']]),
  ['rake', ['Rakefile']],
  ['tox', ['tox.ini']],
  ['nox', ['noxfile.py']],
  ...['npm', 'pnpm', 'yarn'].map((name): [string, string[]] => [name, ['package.json']]),
]);

/** Programs that only write, move or look for what they are given: words in their arguments run nothing. */
export const inert: ReadonlySet<string> = new Set([
  ...['echo', 'printf', 'test', '[', '[[', ':', 'true', 'false', 'which', 'type', 'hash', 'man', 'whereis', 'logger'],
  ...['ls', 'cp', 'mv', 'rm', 'mkdir', 'rmdir', 'ln', 'touch', 'chmod', 'chown', 'cat', 'head', 'tail', 'tee', 'wc'],
  ...['grep', 'egrep', 'fgrep', 'rg', 'sed', 'awk', 'gawk', 'jq', 'sort', 'uniq', 'cut', 'tr', 'diff', 'cmp', 'curl'],
  ...['wget', 'tar', 'zip', 'unzip', 'gzip', 'git', 'kill', 'pkill', 'pgrep', 'apt', 'apt-get', 'pip', 'pip3', 'brew'],
]);

/** Programs whose output only sets up the environment of a shell. */
export const environmentHooks =
  /^(?:conda|mamba|micromamba|pyenv|rbenv|nodenv|fnm|direnv|ssh-agent|dircolors|brew|opam|lesspipe|register-python-argcomplete)$/;

/** Programs that run a Python file, or with -m a module, in their own way, after options of their own. */
export const pythonLaunchers: ReadonlyMap<string, string | null> = new Map<string, string | null>([
  ['torchrun', null],
  ['deepspeed', null],
  ['accelerate', 'launch'],
  ['coverage', 'run'],
  ['streamlit', 'run'],
  ['kernprof', null],
  ['scalene', null],
  ['viztracer', null],
]);
