import assert from 'node:assert/strict';
import fc from 'fast-check';
import { describe, it } from 'mocha';
import type { NamedFiles } from '../../../../../src/engine/planning/code/command-files.ts';
import { filesOfCommand } from '../../../../../src/engine/planning/code/command-programs.ts';
import { parseShell } from '../../../../../src/engine/planning/code/shell/parser.ts';

const files = new Set([
  ...[
    't.py',
    'u.py',
    'd/t.py',
    'lib/l.py',
    'm.mjs',
    'm.cjs',
    'p.R',
    'p.jl',
    'p.rb',
    'run.sh',
    'Makefile',
    'package.json',
  ],
  ...['tests/test_a.py', 'tests/conftest.py', 'conftest.py', 'in.csv', 'conf.yaml', 'cmds.txt'],
]);

function read(command: string): NamedFiles {
  return filesOfCommand(command, {
    root: '/project',
    wdir: '.',
    isFile: (file) => files.has(file),
    readScript: (file) => (file === 'run.sh' ? parseShell('make all\nstrace python3 t.py\npython3 "$X"') : null),
  });
}

/** What runs, with a question mark what is not followed, and with a plus what is only named. */
function found(command: string): string[] {
  const { programs, doubts, others } = read(command);
  return [
    ...programs.map(({ file }) => file),
    ...doubts.map(({ text }) => `${text}?`),
    ...others.map((file) => `${file}+`),
  ];
}

describe('the files that a started program runs', () => {
  const cases: readonly (readonly [command: string, ...found: string[]])[] = [
    // Texts of programs.
    [`node --input-type=module -e "import './m.mjs'"`, 'm.mjs'],
    [`node -p "require('./m.cjs')"`, 'm.cjs'],
    [`node --eval="import('./m')"`, 'm.mjs'],
    [`node -e "require('child_process').fork(x)"`, `node -e "require('child_process').fork(x)"?`],
    ['node -e "$CODE"', 'node -e "$CODE"?'],
    ['node -e "console.log($N)"'],
    ["python3 - <<'EOF'\nimport t\nEOF", 't.py'],
    ['python3 <<EOF\nimport t\nprint($X)\nEOF', 't.py'],
    ['bash <<EOF\ncd d && python3 t.py\nEOF', 'd/t.py'],
    ['bash -s a <<EOF\npython3 t.py\nEOF', 't.py'],
    ['node - <<EOF\nimport "./m.mjs"\nEOF', 'm.mjs'],
    ['cat <<EOF\n$(python3 t.py)\nEOF', 't.py'],
    ["cat <<'EOF'\n$(python3 t.py)\nEOF"],
    ['bash <<< "python3 t.py"', 't.py'],
    ['echo "python3 t.py" | bash', 't.py'],
    ["printf '%s\\n' 'import t' | python3", 't.py'],
    ['cat t.py | python3 -', 't.py'],
    ['curl x | bash', 'bash?'],
    [`python3 -c "import sys; sys.path.insert(0, 'lib'); import l"`, 'lib/l.py'],
    [`python3 -c "exec(open('t.py').read())"`, 't.py'],
    [
      `python3 -c "import importlib; importlib.import_module(x)"`,
      `python3 -c "import importlib; importlib.import_module(x)"?`,
    ],
    ['cd "$D" && python3 -c "import t"', 'python3 -c "import t"?'],
    ['cd "$D" && python3 -c "import json"'],
    [`Rscript -e 'source("p.R")'`, 'p.R'],
    [`julia -e 'include("p.jl")'`, 'p.jl'],
    [`ruby -e 'require "./p"'`, 'p.rb'],
    // Programs that start others.
    ["env -S 'python3 t.py'", 't.py'],
    ['env -S"A=1 python3" t.py', 't.py'],
    ['flock -x l -c "python3 t.py"', 't.py'],
    ['flock l python3 t.py', 't.py'],
    ["su -c 'python3 t.py' me", 't.py'],
    ["su me --command='python3 t.py'", 't.py'],
    ['script -q -c "python3 t.py" log', 't.py'],
    ['busybox sh -c "python3 t.py"', 't.py'],
    ['sbatch --wrap="python3 t.py"', 't.py'],
    ['sbatch run.sh', 'run.sh+'],
    ['watch -n 1 "python3 t.py"', 't.py'],
    ['parallel "python3 t.py {}" ::: a b', 't.py'],
    ['ls | xargs -I @ python3 @', 'xargs -I @ python3 @?'],
    ['ls *.py | xargs -n 1 python3', 'xargs -n 1 python3?'],
    ["find . -name '*.py' -exec python3 {} \\;", "find . -name '*.py' -exec python3 {} \\;?"],
    ["find . -exec sh -c 'python3 t.py' \\;", 't.py'],
    ['strace -f python3 t.py', 't.py'],
    ['singularity exec x.sif python3 t.py', 't.py'],
    ['docker run image python3 "$X"', 'docker run image python3 "$X"?'],
    ['tmux new -d "python3 t.py"', 't.py+'],
    ["ssh host 'cd d; python3 t.py'", 't.py+'],
    ['exec python3 t.py', 't.py'],
    ['eval "$(conda shell.bash hook)" && python3 t.py', 't.py'],
    ['eval "$CMD"', '$CMD?'],
    // What files of their own names say.
    ['make all', 'Makefile+'],
    ['make -C "$D"', 'Makefile+'],
    ['npm run build', 'package.json+'],
    ['npm ci'],
    ['bash run.sh', 'run.sh', 't.py', 'make all?', 'python3 "$X"?'],
    // Tests.
    ['pytest tests', 'pytest tests?'],
    ['python3 -m pytest', 'python3 -m pytest?'],
    ['pytest -q tests/test_a.py::test_b', 'tests/test_a.py', 'tests/conftest.py', 'conftest.py'],
    ['pytest --version'],
    ['node --test', 'node --test?'],
    // Options that nobody knows.
    ['python3 --unknown value t.py', 't.py'],
    ['node --unknown "$V" m.mjs', 'm.mjs'],
    ['python3 --unknown "$X"', 'python3 --unknown "$X"?'],
    ['python3 -V && node --version && bash --help'],
    ['python3 -m "$M"', 'python3 -m "$M"?'],
    ['torchrun --nproc_per_node "$N" t.py', 't.py'],
    ['torchrun "$D/t.py"', 'torchrun "$D/t.py"?'],
    // Arguments, and what comes after `cd`.
    ['set -- t; python3 $1.py; set -e', 't.py'],
    ['f() { shift; python3 "$1"; }; f x t.py', 't.py'],
    ['X=t; f() { local X=u; python3 $X.py; }; f; python3 $X.py', 'u.py', 't.py'],
    ['cd -- d && python3 t.py', 'd/t.py'],
    ['if ! cd d; then exit 1; fi; python3 t.py', 'd/t.py'],
    ['command -v python3 && which node; type bash'],
  ];
  for (const [command, ...expected] of cases) {
    it(`are ${expected.join(', ') || 'none'} by ${JSON.stringify(command)}`, () => {
      assert.deepEqual(found(command), expected);
    });
  }

  it('are known of every ordinary command, however these are joined', () => {
    const command = fc.constantFrom(
      ...[
        'python3 t.py --lr 0.1',
        'python3 -u t.py in.csv',
        'node m.mjs --x=1',
        'tsx m.mjs',
        './run',
        'Rscript p.R in.csv',
      ],
      ...[
        'mkdir -p out',
        'rm -rf out/*',
        'cp in.csv "$OUT"',
        'cat *.csv',
        'sort -k 2 in.csv',
        "awk '{ print $1 }' in.csv",
      ],
      ...[
        'echo "done: $?"',
        'curl -sSL "$URL" -o x',
        'tar xzf "$A"',
        'test -f in.csv',
        '[ -n "$X" ]',
        '[[ $X == y* ]]',
      ],
      ...[
        'export A=1',
        'A=$(date)',
        'set -euo pipefail',
        'sleep 1',
        'grep -q x in.csv',
        'sed -i "s/a/$B/" in.csv',
        'true',
      ],
      ...[
        'python3 -c "print($N)"',
        'python3 -m json.tool in.csv',
        'pip install -r x.txt',
        'julia --project=. p.jl',
        'date',
      ],
      ...[
        'git rev-parse HEAD',
        'head -n "$N" in.csv',
        'touch x',
        'docker build .',
        'npm ci',
        'python3 -m venv e',
        'wait',
      ],
      ...[
        '. ./env/bin/activate',
        'source /etc/profile',
        'conda activate x',
        'trap "rm -f x" EXIT',
        'exit 0',
        'cd d',
        'umask 22',
      ],
    );
    const join = fc.constantFrom(' && ', '; ', ' || ', ' | ', '\n', ' & ');
    const frame = fc.constantFrom(
      '$',
      '($)',
      '{ $; }',
      'if true; then $; fi',
      'for i in 1 2; do $; done',
      'f() { $; }; f',
    );
    fc.assert(
      fc.property(fc.array(fc.tuple(command, join), { minLength: 1, maxLength: 4 }), frame, (commands, around) => {
        const text = commands.map(([one, after], at) => (at === commands.length - 1 ? one : one + after)).join('');
        const whole = around.replace('$', () => text);
        assert.deepEqual(read(whole).doubts, [], whole);
      }),
      { numRuns: 300 },
    );
  });
});
