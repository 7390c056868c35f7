import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { filesOfCommand } from '../../../../../src/engine/planning/code/command-programs.ts';
import { parseShell } from '../../../../../src/engine/planning/code/shell/parser.ts';

const files = ['t.py', 'd/t.py', 'd/e/t.py', 'u.py', 'd/u.py', 'run.sh', 'lib/l.py', 'a.sh', 'b.sh', 'd/s.sh'];

/** What a command runs in a project of these files and scripts, and with a question mark what is not followed. */
function runs(command: string, scripts: Readonly<Record<string, string>> = {}): string[] {
  const all = new Set([...files, ...Object.keys(scripts)]);
  const { programs, doubts } = filesOfCommand(command, {
    root: '/project',
    wdir: '.',
    isFile: (file) => all.has(file),
    readScript: (file) => (scripts[file] === undefined ? null : parseShell(scripts[file])),
  });
  return [...programs.map(({ file }) => file), ...doubts.map(({ text }) => `${text}?`)];
}

function check(cases: readonly (readonly [command: string, ...expected: string[]])[]): void {
  for (const [command, ...expected] of cases) {
    it(`${JSON.stringify(command)} runs ${expected.join(', ') || 'nothing of ours'}`, () => {
      assert.deepEqual(runs(command), expected);
    });
  }
}

describe('the folder that a shell stands in', () => {
  check([
    ['cd d && python3 t.py', 'd/t.py'],
    ['cd d; cd -; python3 t.py', 't.py'],
    ['cd d && cd - && python3 t.py', 't.py'],
    ['pushd d && popd && python3 t.py', 't.py'],
    ['pushd d; pushd e; popd; python3 t.py', 'd/t.py'],
    ['command cd d && python3 ../t.py && builtin cd e && python3 t.py', 't.py', 'd/e/t.py'],
    ['cd d & python3 t.py', 't.py'],
    ['cd d | cat; python3 t.py', 't.py'],
    ['(cd d; python3 t.py); python3 u.py', 'd/t.py', 'u.py'],
    ['echo $(cd d; pwd); python3 t.py', 't.py'],
    ['[ -d d ] && cd d; python3 t.py', 'd/t.py', 't.py'],
    ['cd d 2>/dev/null || true; python3 t.py', 'd/t.py', 't.py'],
    ['cd d || exit 1; python3 t.py', 'd/t.py'],
    ['cd d || { echo no; exit 1; }; python3 t.py', 'd/t.py'],
    ['if cd d; then python3 t.py; else python3 u.py; fi', 'd/t.py', 'u.py'],
    ['if [ "$X" ]; then cd d; fi; python3 t.py', 'd/t.py', 't.py'],
    ['case $X in a) cd d;; esac; python3 t.py', 't.py', 'd/t.py'],
    ['f() { cd d; }; python3 t.py', 't.py'],
    ['f() { cd d; }; f; python3 t.py', 'd/t.py'],
    ['f() { python3 t.py; }; cd d; f', 'd/t.py'],
    ['f() { [ "$1" ] || return; cd d; }; f x; python3 t.py', 'd/t.py', 't.py'],
    ['f() { python3 t.py; }; cd d', 't.py'],
    ['f() { f; python3 t.py; }; f', 't.py'],
    ['run() { echo "$@"; "$@"; }; run python3 t.py', 't.py'],
    ['for d in d d/e; do (cd $d && python3 t.py); done', 'd/t.py', 'd/e/t.py'],
    ['for d in *; do cd "$d"; python3 t.py; done', 'python3 t.py?'],
    ['while read x; do cd e; done; python3 t.py', 'python3 t.py?'],
    ['cd "$D" && python3 t.py', 'python3 t.py?'],
    ['cd "$D" && cd /project/d && python3 t.py', 'd/t.py'],
    ['cd $(git rev-parse --show-toplevel); ./run.sh', './run.sh?'],
    ['CDPATH=/x; cd d; python3 t.py', 'python3 t.py?'],
    ['D=d; cd $D; python3 t.py', 'd/t.py'],
    ['cd "$PWD/d" && python3 "$PWD/t.py"', 'd/t.py'],
    ['env -C d python3 t.py; env -C "$D" python3 t.py', 'd/t.py', 'env -C "$D" python3 t.py?'],
    ["trap 'python3 t.py' EXIT; cd d", 't.py', 'd/t.py'],
    ['eval "cd d"; python3 t.py', 'd/t.py'],
  ]);
});

describe('the words of a command', () => {
  check([
    ['S=t; python3 $S.py', 't.py'],
    ['export PY="python3 -u"; $PY t.py', 't.py'],
    ['S=t.py; [ "$X" ] && S=u.py; python3 $S', 'python3 $S?'],
    ['S=t.py; (S=u.py); python3 $S', 't.py'],
    ['read S; python3 "$S"', 'python3 "$S"?'],
    ['S=t.py; bash -c "python3 $S"', 't.py'],
    ["S=t.py; bash -c 'python3 $S'", 'python3 $S?'],
    ["export S=t.py; bash -c 'python3 $S'", 't.py'],
    ['bash -c \'python3 "$1"\' x t.py', 't.py'],
    ['$(which python3) t.py', 't.py'],
    ['python3 t.*', 'python3 t.*?'],
    ['python3 {t,u}.py', 'python3 {t,u}.py?'],
    ['python3 "$X"', 'python3 "$X"?'],
    ['"$X" in.csv', '"$X" in.csv?'],
    ['"$PYTHON" t.py'],
    ['"${X:-$(python3 t.py)}" a', 't.py', '"${X:-$(python3 t.py)}" a?'],
    ['echo "${X#"}"}"; python3 t.py', 't.py'],
    ['echo `echo \\`python3 t.py\\``', 't.py'],
    ["python3 $'t.py'", 't.py'],
    ['a=(1 2); python3 t.py', 't.py'],
    ['PYTHONPATH=$X python3 t.py', 't.py', 'PYTHONPATH=$X python3 t.py?'],
    ['PYTHONPATH=lib:$PYTHONPATH python3 t.py', 't.py'],
    ['PYTHONPATH=${PYTHONPATH:+$PYTHONPATH:}lib python3 t.py', 't.py'],
    ['. "$X/env.sh"', '. "$X/env.sh"?'],
  ]);
});

describe('a script that a command runs', () => {
  const scripts = {
    'run.sh': 'cd "$(dirname "$0")"/d\n. ./s.sh\nwork "$1"\n',
    'd/s.sh': 'work() { python3 "$1.py"; }\n',
    'a.sh': 'bash b.sh',
    'b.sh': 'python3 t.py; sh a.sh; python3 "$X"',
  };
  const of = (command: string): string[] => runs(command, scripts);

  it('is read with its arguments, where it stands, and with what it sources', () => {
    assert.deepEqual(of('bash run.sh u'), ['run.sh', 'd/s.sh', 'd/u.py']);
    assert.deepEqual(of('./run.sh t'), ['run.sh', 'd/s.sh', 'd/t.py']);
    assert.deepEqual(of('cd d && bash ../run.sh t && python3 u.py'), ['run.sh', 'd/s.sh', 'd/t.py', 'd/u.py']);
    assert.deepEqual(of('. d/s.sh; work u'), ['d/s.sh', 'u.py']);
    assert.deepEqual(of('bash < b.sh'), ['b.sh', 't.py', 'a.sh', 'python3 "$X"?']);
  });

  it('is read once where scripts run one another', () => {
    assert.deepEqual(of('sh a.sh'), ['a.sh', 'b.sh', 't.py', 'python3 "$X"?']);
  });
});
