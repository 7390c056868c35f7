import assert from 'node:assert/strict';
import { appendFileSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { ProjectCopy, RESULTS, SMALL } from './project-copy.ts';

describe('the experiment', function () {
  this.timeout(600_000);
  const first = new ProjectCopy('first');
  const second = new ProjectCopy('second copy, with a space');
  after(() => {
    first.remove();
    second.remove();
  });

  it('gives byte-identical metrics, tables and figures in two clones, whatever the image library may use', () => {
    const one = first.run(SMALL);
    assert.equal(one.code, 0, one.output);
    const two = second.run([...SMALL, '-j', '1'], { VIPS_NOVECTOR: '1' });
    assert.equal(two.code, 0, two.output);
    for (const folder of RESULTS) {
      const [a, b] = [first, second].map((copy) => copy.contents(`reports/smoke/${folder}`));
      assert.ok(Object.keys(a ?? {}).length > 0, folder);
      assert.deepEqual(a, b, folder);
    }
    const [a, b] = [first, second].map((copy) => readFileSync(path.join(copy.root, 'reports/smoke/index.html')));
    assert.deepEqual(a, b, 'index.html');
  });

  it('verifies its report, and finds an edited metrics file', () => {
    assert.equal(first.run(['report', 'verify']).code, 0);
    const file = path.join(second.root, 'reports/smoke/metrics/faces/cnn-AlexNet-0.json');
    writeFileSync(file, readFileSync(file, 'utf8').replace('"fold": 0', '"fold":  0'));
    const { code, output } = second.run(['report', 'verify']);
    assert.equal(code, 1);
    assert.match(output, /cnn-AlexNet-0\.json: differs from the lock/);
  });

  it('runs nothing when nothing changed, nor for a comment', () => {
    appendFileSync(path.join(first.root, 'stages/train.ts'), '\n// a comment\n');
    const { code, output } = first.run(SMALL);
    assert.equal(code, 0);
    assert.match(output, /ran 0, restored 0/);
  });

  it('runs train, eval and tables again for a learning rate, and nothing else', () => {
    const { code, output } = first.run([...SMALL, '-S', 'training.train.learningRates.cnn=0.0005', '-n']);
    assert.equal(code, 0);
    const names = [...output.matchAll(/^([\w-]+)(?:@\S+)?: (?:would|may) run/gm)].map(([, stage]) => stage);
    assert.deepEqual([...new Set(names)].sort(), ['eval', 'tables', 'train']);
  });

  it('tells each mistake in one message and leaves the report as it was', () => {
    const [reports, prepared] = [first.contents('reports'), first.contents('runs/smoke/prepared')];
    const empty = path.join(first.root, 'empty');
    mkdirSync(empty);
    const corpus = path.join(first.root, 'runs/smoke/corpora/ck-plus');
    const broken = path.join(first.root, 'broken');
    breakCorpus(corpus, broken);
    writeFileSync(path.join(first.root, 'params/misspelt.yaml'), 'training:\n  trian: { batch: 3 }\n');
    const use = (root: string) => ['-S', `pictures.faces.corpora.ck-plus=${root}`, '-s', 'prepare@faces'];
    const cases: readonly (readonly [readonly string[], RegExp])[] = [
      [use('no/such/corpus'), /"no\/such\/corpus" does not exist, and no stage makes it/],
      [use('empty'), /empty: expected cohn-kanade-images.*, found an empty folder/],
      [use('package.json'), /package\.json: expected a folder with .*, found a file/],
      [use('broken/picture'), /_00000006\.png: expected a whole PNG or JPEG picture, found damaged data/],
      [use('broken/label'), /_emotion\.txt: expected one number from 0 .*, found "happy\?"/],
      [
        ['-p', 'params/misspelt.yaml'],
        /^params\/misspelt\.yaml:2:3 .*\n.*\n.*~~~~~\n.*did you mean "training\.train"/m,
      ],
      [['-S', 'tasks.faces.nets=[AlexNot]'], /"tasks\.faces\.nets\[0\]" must be one of .*\n.*did you mean "AlexNet"/],
      [['-S', 'training.trian.batch=3'], /did you mean "training\.train"/],
      [['-s', 'trian'], /did you mean "train"/],
      [['-s', 'train@faces-cnn-AlexNet-9'], /did you mean "train@faces-cnn-AlexNet-0"/],
      [['-p', 'params/nothing.yaml'], /params\/nothing\.yaml/],
    ];
    for (const [words, message] of cases) {
      const { code, output } = first.run([...SMALL, ...words]);
      assert.notEqual(code, 0, words.join(' '));
      assert.match(output, message, words.join(' '));
      assert.doesNotMatch(output, /^(?:.*\| )?\s+at .*\.(?:ts|js):\d+/m, 'a stack trace');
    }

    assert.deepEqual(first.contents('reports'), reports);
    // What a stage that failed had made before comes back without a run.
    const right = first.run(SMALL);
    assert.match(right.output, /ran 0, restored/);
    assert.ok(isDeepStrictEqual(first.contents('runs/smoke/prepared'), prepared));
  });
});

/** Two copies of a corpus: one with a cut picture, one with garbage for a label. */
function breakCorpus(corpus: string, target: string): void {
  const files = readdirSync(corpus, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  for (const kind of ['picture', 'label']) {
    for (const entry of files) {
      const from = path.join(entry.parentPath, entry.name);
      const to = path.join(target, kind, path.relative(corpus, from));
      mkdirSync(path.dirname(to), { recursive: true });
      const bytes = readFileSync(from);
      const isVictim = kind === 'picture' ? entry.name.endsWith('.png') : entry.name.endsWith('_emotion.txt');
      writeFileSync(to, !isVictim ? bytes : kind === 'picture' ? bytes.subarray(0, 60) : 'happy?\n');
    }
  }
}
