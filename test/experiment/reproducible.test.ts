import assert from 'node:assert/strict';
import { appendFileSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { ProjectCopy } from './project-copy.ts';

/** The smoke profile with less training: every stage, method and task stays in. */
const SMALL = [
  ...['-p', 'params/smoke.yaml', '-S', 'training.pretrainE.iterations=6', '-S', 'training.pretrainG.iterations=2'],
  ...['-S', 'training.train.iterations.cnn=4', '-S', 'training.train.iterations.gan=2'],
  ...['-S', 'synthesize.ck-plus.subjects=4', '-S', 'synthesize.oulu-casia.subjects=4', '-S', 'sketches.perClass=6'],
];

describe('the experiment', function () {
  this.timeout(300_000);
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
    for (const folder of ['metrics', 'results', 'figures']) {
      const [a, b] = [first, second].map((copy) => copy.contents(`reports/smoke/${folder}`));
      assert.ok(Object.keys(a ?? {}).length > 0, folder);
      assert.deepEqual(a, b, folder);
    }
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
    assert.deepEqual([...new Set(names)].sort(), ['eval', 'eval-sketches', 'tables', 'train', 'train-sketches']);
  });

  it('tells each mistake in one message and leaves the report as it was', () => {
    const before = first.contents('reports');
    const empty = path.join(first.root, 'empty');
    mkdirSync(empty);
    const corpus = path.join(first.root, 'runs/smoke/corpora/ck-plus');
    const broken = path.join(first.root, 'broken');
    breakCorpus(corpus, broken);
    const use = (root: string) => ['-S', `faces.corpora.ck-plus.root=${root}`, '-s', 'prepare'];
    const cases: readonly (readonly [readonly string[], RegExp])[] = [
      [use('no/such/corpus'), /"no\/such\/corpus" does not exist, and no stage makes it/],
      [use('empty'), /empty/],
      [use('broken/picture'), /expected.*PNG|cannot be decoded|picture/i],
      [use('broken/label'), /_emotion\.txt/],
      [['-S', 'training.trian.batch=3'], /did you mean "training\.train\.batch"/],
      [['-s', 'trian'], /did you mean "train"/],
      [['-p', 'params/nothing.yaml'], /params\/nothing\.yaml/],
    ];
    for (const [words, message] of cases) {
      const { code, output } = first.run([...SMALL, ...words]);
      assert.notEqual(code, 0, words.join(' '));
      assert.match(output, message, words.join(' '));
      assert.doesNotMatch(output, /^\s+at .*\.(?:ts|js):\d+/m, 'a stack trace');
    }

    assert.deepEqual(first.contents('reports'), before);
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
