import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { filesOfCommand } from '../../../../src/engine/planning/code/command-programs.ts';

/** The programs that a command names, in a project of these files. */
function programs(command: string, files: readonly string[], wdir = '.'): string[] {
  const all = new Set(files);
  return filesOfCommand(command, { root: '/project', wdir, isFile: (file) => all.has(file) }).programs.map(
    ({ file }) => file,
  );
}

describe('the programs of a command', () => {
  const files = [
    ...['train.py', 'src/train.py', 'pkg/__init__.py', 'pkg/mod.py', 'pkg/__main__.py', 'app/__main__.py', 'data.csv'],
    ...[
      'm.mjs',
      'n.mjs',
      'pre.cjs',
      'fit.R',
      'sim.jl',
      'run.sh',
      'lib.sh',
      'p.pl',
      'r.rb',
      'pre.rb',
      'main.ts',
      'a.out',
    ],
    ...['conf.yaml', 'in.txt', 'main.js', '../outside.py', '../beside/x.py', '/lab/tools/x.py', '/lab/tools/run.sh'],
    ...['/usr/share/x.py', '/home/me/conda/bin/tool', '/lab/env/pyvenv.cfg', '/lab/env/bin/activate'],
    ...['/lab/env/lib/site-packages/x.py', '/home/me/.nvm/nvm.sh', '/home/me/miniforge3/etc/profile.d/conda.sh'],
  ];
  const cases: readonly (readonly [command: string, ...programs: string[]])[] = [
    ['python train.py', 'train.py'],
    ['python3 -u -W ignore ./train.py --data data.csv', 'train.py'],
    ['python3.11 -X dev -Werror src/train.py', 'src/train.py'],
    ['/usr/bin/python3 -OO train.py', 'train.py'],
    ['python -c "print(1)" train.py'],
    ['python -c "import pkg.mod as m; m.run()"', 'pkg/__init__.py', 'pkg/mod.py'],
    ['python -um pkg.mod --epochs 3', 'pkg/__init__.py', 'pkg/mod.py'],
    ['python -m pkg', 'pkg/__init__.py', 'pkg/__main__.py'],
    ['python -m http.server'],
    ['python -m torch.distributed.run --nproc_per_node 4 train.py --lr 1', 'train.py'],
    ['python -m cProfile -o prof.out src/train.py', 'src/train.py'],
    ['python app', 'app/__main__.py'],
    ['python < train.py', 'train.py'],
    ['python - < train.py', 'train.py'],
    ['Rscript --vanilla fit.R data.csv', 'fit.R'],
    ["Rscript -e 'source(1)' fit.R"],
    ['R -f fit.R', 'fit.R'],
    ['R --no-save --file=fit.R', 'fit.R'],
    ['R --no-save < fit.R', 'fit.R'],
    ['R CMD BATCH fit.R', 'fit.R'],
    ['julia --project=. -t 4 sim.jl', 'sim.jl'],
    ['julia --project sim.jl', 'sim.jl'],
    ['bash run.sh data.csv', 'run.sh'],
    ['sh -ex run.sh', 'run.sh'],
    ['bash -euo pipefail run.sh', 'run.sh'],
    ['. ./lib.sh && source run.sh', 'lib.sh', 'run.sh'],
    ['perl -I lib -w p.pl', 'p.pl'],
    ["perl -ne 'print' p.pl"],
    ['ruby -r ./pre.rb r.rb', 'pre.rb', 'r.rb'],
    ['node m.mjs n.mjs', 'm.mjs'],
    ['node -r ./pre.cjs m.mjs', 'pre.cjs', 'm.mjs'],
    ['node --require=./pre.cjs --max-old-space-size=4096 m.mjs', 'pre.cjs', 'm.mjs'],
    ['node --conditions dev --env-file .env m.mjs', 'm.mjs'],
    ["node -e 'process.exit()' m.mjs"],
    ['node main', 'main.js'],
    ['node --test m.mjs n.mjs', 'm.mjs', 'n.mjs'],
    ['NODE_OPTIONS="--require ./pre.cjs" node m.mjs', 'pre.cjs', 'm.mjs'],
    ['node_modules/.bin/tsx --tsconfig conf.yaml main.ts', 'main.ts'],
    ['deno run --allow-read -c conf.yaml main.ts', 'main.ts'],
    ['bun run main.ts', 'main.ts'],
    ['bun --preload ./n.mjs main.ts', 'n.mjs', 'main.ts'],
    ['./run.sh data.csv', 'run.sh'],
    ['./a.out < in.txt', 'a.out'],
    ['cat data.csv conf.yaml'],
    ['env A=1 -u B python train.py', 'train.py'],
    ['A=1 B="x y" python train.py', 'train.py'],
    ['cd src && python train.py', 'src/train.py'],
    ['cd src; cd ..; python train.py', 'train.py'],
    ['(cd src && python train.py); python train.py', 'src/train.py', 'train.py'],
    ['cd "$D" && python train.py'],
    ['env -C src python train.py', 'src/train.py'],
    ['nice -n 5 python train.py', 'train.py'],
    ['nice -10 python train.py', 'train.py'],
    ['time -p python train.py', 'train.py'],
    ['timeout -k 5 -s KILL 60 python train.py', 'train.py'],
    ['nohup xvfb-run -a -s "-screen 0 1x1x8" python train.py', 'train.py'],
    ['uv run train.py', 'train.py'],
    ['uv run --with numpy --python 3.11 python train.py', 'train.py'],
    ['uv run -m pkg.mod', 'pkg/__init__.py', 'pkg/mod.py'],
    ['uv pip install train.py'],
    ['poetry run python -m pkg.mod', 'pkg/__init__.py', 'pkg/mod.py'],
    ['conda run -n x --no-capture-output python train.py', 'train.py'],
    ['mpirun -n 4 --mca btl self --hostfile conf.yaml python train.py', 'train.py'],
    ['mpirun -n 1 python train.py : -n 3 python src/train.py', 'train.py', 'src/train.py'],
    ['torchrun --standalone --nproc_per_node=4 train.py --lr 1', 'train.py'],
    ['torchrun --nnodes 1 -m pkg.mod', 'pkg/__init__.py', 'pkg/mod.py'],
    ['accelerate launch --config_file conf.yaml train.py', 'train.py'],
    ['accelerate config'],
    ['npx tsx main.ts', 'main.ts'],
    ['bash -c "python train.py && node m.mjs"', 'train.py', 'm.mjs'],
    ['bash -lc \'cd src; exec python train.py "$1"\' x data.csv', 'src/train.py'],
    ['python train.py && ./run.sh; node m.mjs | Rscript fit.R > data.csv', 'train.py', 'run.sh', 'm.mjs', 'fit.R'],
    ['cd src\npython train.py \\\n  --x 1\nnode ../m.mjs', 'src/train.py', 'm.mjs'],
    ['if true; then python train.py; else ./run.sh; fi', 'train.py', 'run.sh'],
    ['for f in a b; do python train.py $f; done', 'train.py'],
    ['case $X in a) python train.py;; b|c) node m.mjs;; esac; ./run.sh', 'train.py', 'm.mjs', 'run.sh'],
    ['x=$(python train.py | tail -1); echo "`node m.mjs`"', 'train.py', 'm.mjs'],
    ['cat <<EOF\npython train.py\nEOF\nnode m.mjs', 'm.mjs'],
    ['cat > x <<-"EOF" && node m.mjs\n\tpython train.py\n\tEOF\n./run.sh', 'm.mjs', 'run.sh'],
    ['f() { python train.py; }; f', 'train.py'],
    ['# python train.py\nnode m.mjs # ./run.sh', 'm.mjs'],
    ["echo 'python train.py'"],
    ['python "train.py" 2>&1 >data.csv', 'train.py'],
    ['! python train.py', 'train.py'],
    ['find . -name "*.csv" -exec python train.py {} \\;', 'train.py'],
    ['ls | xargs -n 1 -P 4 python train.py', 'train.py'],
    ['eval "python train.py"', 'train.py'],
    ['python ../project/train.py', 'train.py'],
    ['python /project/train.py', 'train.py'],
    ['python ../outside.py', '../outside.py'],
    ['python /lab/tools/x.py', '/lab/tools/x.py'],
    ['cd ../beside && python x.py', '../beside/x.py'],
    ['cd /lab/tools && ./run.sh', '/lab/tools/run.sh'],
    ['python3 /usr/share/x.py'],
    ['/home/me/conda/bin/tool x.py && . /lab/env/bin/activate'],
    ['. /home/me/.nvm/nvm.sh; source /home/me/miniforge3/etc/profile.d/conda.sh'],
    ['python /lab/env/lib/site-packages/x.py'],
    ['python missing.py data.csv'],
  ];
  for (const [command, ...expected] of cases) {
    it(`are ${expected.join(', ') || 'none'} in ${JSON.stringify(command)}`, () => {
      assert.deepEqual(programs(command, files), expected);
    });
  }

  it('are looked for in the working directory', () => {
    assert.deepEqual(programs('python train.py', files, 'src'), ['src/train.py']);
  });

  it('never make a text end in an error, whatever it is', () => {
    for (const text of [
      '"',
      "'",
      '$(',
      '`',
      '((',
      'case x in',
      '<<',
      '<<EOF',
      '\\',
      '${',
      'a)',
      ';;',
      '|',
      '&>',
      "bash -c '",
    ]) {
      assert.deepEqual(programs(text, files), [], text);
    }
    let nested = 'python train.py';
    for (let depth = 0; depth < 40; depth++) nested = `bash -c ${JSON.stringify(nested)}`.slice(0, 5000);
    assert.ok(programs(nested, files).length <= 1);
  });

  it('leave the other files that it names', () => {
    const all = new Set(files);
    const place = { root: '/project', wdir: '.', isFile: (file: string) => all.has(file) };
    const command = 'python train.py data.csv --config=conf.yaml < in.txt > main.js';
    assert.deepEqual([...filesOfCommand(command, place).others].sort(), ['conf.yaml', 'data.csv', 'in.txt']);
  });
});
